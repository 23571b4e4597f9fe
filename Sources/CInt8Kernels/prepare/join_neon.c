#include "prepare.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

/// 16 elements of two rows: 8 of the one, 8 of the other, and the next 8 of both.
I8K_INLINE void join16(int8_t *place, int8x16_t first, int8x16_t second) {
  const int64x2_t a = vreinterpretq_s64_s8(first), b = vreinterpretq_s64_s8(second);
  vst1q_s8(place, vreinterpretq_s8_s64(vzip1q_s64(a, b)));
  vst1q_s8(place + 16, vreinterpretq_s8_s64(vzip2q_s64(a, b)));
}

/// ⌈depth/8⌉ groups of two rows; returns where they end.
I8K_INLINE int8_t *join(int8_t *place, const int8_t *first, const int8_t *second, size_t depth) {
  for (; depth >= 32; depth -= 32, first += 32, second += 32, place += 64) {
    const int8x16_t a[2] = {vld1q_s8(first), vld1q_s8(first + 16)};
    const int8x16_t b[2] = {vld1q_s8(second), vld1q_s8(second + 16)};
    join16(place, a[0], b[0]);
    join16(place + 32, a[1], b[1]);
  }
  if (depth > 16) {
    join16(place, vld1q_s8(first), vld1q_s8(second));
    depth -= 16, first += 16, second += 16, place += 32;
  }
  if (depth > 8) {
    join16(place, vld1q_s8(first), vld1q_s8(second));
    return place + 32;
  }
  if (depth == 0) return place;
  vst1q_s8(place, vcombine_s8(vld1_s8(first), vld1_s8(second)));
  return place + 16;
}

void i8k_join_rows__neon(const i8k_join_arguments *arguments) {
  const i8k_join_arguments a = *arguments;
  int8_t *place = a.destination;
  const void **rows = a.rows;
  // A pair of pixels has one run of elements in a 1×1 convolution.
  if (a.groups == 1 && a.taps == 1) {
    for (const void **end = rows + a.blocks * a.mr; rows < end; rows += 2) {
      int8_t *const start = place;
      place = join(place, rows[0], rows[1], a.depth);
      rows[0] = start;
    }
    return;
  }
  for (size_t block = 0; block < a.blocks; ++block, rows += a.taps * a.mr)
    for (size_t i = 0; i < a.mr; i += 2) {
      int8_t *const start = place;
      for (size_t group = 0; group < a.groups; ++group)
        for (size_t tap = 0; tap < a.taps; ++tap) {
          const void *const *pair = rows + tap * a.mr + i;
          place = join(place, (const int8_t *)pair[0] + group * a.depth, (const int8_t *)pair[1] + group * a.depth,
                       a.depth);
        }
      rows[i] = start;
    }
}

#endif
