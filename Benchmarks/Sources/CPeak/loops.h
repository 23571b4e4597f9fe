#ifndef PEAK_LOOPS_H
#define PEAK_LOOPS_H

#include "CPeak.h"

/// Before a loop over registers, which must not become an array in memory.
#define UNROLL _Pragma("clang loop unroll(full)")

/// A value in a register that the compiler must take for a new one, so that nothing is computed once for all turns.
#define RENEW(class, value) __asm__ volatile("" : "+" class(value))
/// A value that the compiler must compute.
#define USE(class, value) __asm__ volatile("" : : class(value))

#endif
