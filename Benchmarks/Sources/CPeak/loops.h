#ifndef PEAK_LOOPS_H
#define PEAK_LOOPS_H

#include "CPeak.h"

/// Before a loop over registers, which must not become an array in memory.
#define UNROLL _Pragma("clang loop unroll(full)")

/// A value in a register that the compiler must take for a new one, so that nothing is computed once for all turns.
#define RENEW(class, value) __asm__ volatile("" : "+" class(value))
/// A value that the compiler must compute.
#define USE(class, value) __asm__ volatile("" : : class(value))

/// void name(size_t turns): `count` independent sums of `type`, which begin at `zero`, each followed a turn by `step`, an
/// expression of sum, a and b. All stay in registers of `class`.
#define PEAK_LOOP(name, class, type, count, zero, first, second, step) \
  static void name(size_t turns) { \
    __typeof__(first) a = first, b = second; \
    type sums[count]; \
    UNROLL \
    for (int i = 0; i < count; ++i) sums[i] = zero; \
    for (size_t turn = 0; turn < turns; ++turn) { \
      UNROLL \
      for (int i = 0; i < count; ++i) { \
        const type sum = sums[i]; \
        RENEW(class, a); \
        sums[i] = step; \
      } \
    } \
    UNROLL \
    for (int i = 0; i < count; ++i) USE(class, sums[i]); \
  }

/// The loops of this architecture, in an array.
#define PEAK_TABLE(loops) \
  size_t peak_loop_count(void) { return sizeof loops / sizeof *loops; } \
  const peak_loop *peak_loop_at(size_t index) { return index < peak_loop_count() ? &loops[index] : NULL; }

#endif
