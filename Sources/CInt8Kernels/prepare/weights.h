// Loops over weights as they are stored, compiled for the instructions that this machine is sure to have and, on x86-64,
// for AVX2 beside them.
#ifndef I8K_WEIGHTS_H
#define I8K_WEIGHTS_H

#include "../base.h"

#if defined(__x86_64__)
/// Defines `name` as `body` in both forms, to choose when it is called.
#define I8K_BOTH(result, name, parameters, arguments)                                        \
  __attribute__((target("avx2"))) static result name##_avx2 parameters { return name##_body arguments; } \
  result name parameters {                                                                   \
    return __builtin_cpu_supports("avx2") ? name##_avx2 arguments : name##_body arguments;   \
  }
#else
#define I8K_BOTH(result, name, parameters, arguments) \
  result name parameters { return name##_body arguments; }
#endif

#define I8K_BODY static inline __attribute__((always_inline))

#endif
