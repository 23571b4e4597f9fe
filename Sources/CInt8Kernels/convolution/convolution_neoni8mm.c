#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

#pragma clang attribute push(__attribute__((target("+i8mm"))), apply_to = function)

// 4 pixels × 16 channels by SMMLA: 8 elements of two pixels by 8 elements of two channels give 2 × 2 sums. Rows are read
// as they stand, 16 elements of each, and joined in pairs. A panel of at most 8 channels takes two blocks of pixels at
// once, 8 × 8.

enum { MR = 4, NR = 16, QUADS = NR / 4, KR = 8 };

/// The products of 8 elements of pairs of pixels.
I8K_INLINE void step(const int pairs, const int quads, int32x4_t acc[][2 * QUADS], const int8x16_t a[],
                     const int8_t *w) {
  I8K_UNROLL
  for (int o = 0; o < 2 * quads; ++o) {
    const int8x16_t weights = vld1q_s8(w + 16 * o);
    I8K_UNROLL
    for (int i = 0; i < pairs; ++i) acc[i][o] = vmmlaq_s32(acc[i][o], a[i], weights);
  }
}

I8K_INLINE int8x16_t low_halves(int8x16_t a, int8x16_t b) {
  return vreinterpretq_s8_s64(vzip1q_s64(vreinterpretq_s64_s8(a), vreinterpretq_s64_s8(b)));
}

I8K_INLINE int8x16_t high_halves(int8x16_t a, int8x16_t b) {
  return vreinterpretq_s8_s64(vzip2q_s64(vreinterpretq_s64_s8(a), vreinterpretq_s64_s8(b)));
}

/// One tap of ⌈depth/8⌉ `groups` of 8 elements; returns where its weights end.
I8K_INLINE const int8_t *tap_products(const int pairs, const int quads, int32x4_t acc[][2 * QUADS],
                                      const int8_t *row[], size_t groups, const int8_t *w) {
  int8x16_t low[MR], high[MR];
  for (; groups >= 2; groups -= 2, w += 2 * KR * NR) {
    I8K_UNROLL
    for (int i = 0; i < pairs; ++i) {
      const int8x16_t first = vld1q_s8(row[2 * i]), second = vld1q_s8(row[2 * i + 1]);
      low[i] = low_halves(first, second);
      high[i] = high_halves(first, second);
      row[2 * i] += 2 * KR;
      row[2 * i + 1] += 2 * KR;
    }
    step(pairs, quads, acc, low, w);
    step(pairs, quads, acc, high, w + KR * NR);
  }
  if (groups == 0) return w;
  I8K_UNROLL
  for (int i = 0; i < pairs; ++i) low[i] = vcombine_s8(vld1_s8(row[2 * i]), vld1_s8(row[2 * i + 1]));
  step(pairs, quads, acc, low, w);
  return w + KR * NR;
}

I8K_INLINE void sum_products(const i8k_convolution_arguments *t, const void *const *rows, const int pixels,
                             const int quads, int32x4_t sums[][QUADS]) {
  const int pairs = (pixels + 1) / 2;
  const int32_t *bias = t->panel;
  const int8_t *w = (const int8_t *)(bias + NR);
  int32x4_t acc[MR][2 * QUADS];
  I8K_UNROLL
  for (int i = 0; i < pairs; ++i) {
    I8K_UNROLL
    for (int o = 0; o < 2 * quads; ++o)
      acc[i][o] = vreinterpretq_s32_s64(vld1q_dup_s64((const int64_t *)(const void *)(bias + 2 * o)));
  }
  for (size_t tap = 0; tap < t->taps; ++tap, rows += MR) {
    const int8_t *row[2 * MR];
    I8K_UNROLL
    for (int i = 0; i < 2 * pairs; ++i)
      row[i] = (const int8_t *)rows[(i < MR ? 0 : t->taps * MR) + i % MR] + t->rowByteOffset;
    w = tap_products(pairs, quads, acc, row, (t->depth + KR - 1) / KR, w);
  }
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) {
    I8K_UNROLL
    for (int q = 0; q < quads; ++q) {
      const int64x2_t first = vreinterpretq_s64_s32(acc[i / 2][2 * q]);
      const int64x2_t second = vreinterpretq_s64_s32(acc[i / 2][2 * q + 1]);
      sums[i][q] = vreinterpretq_s32_s64(i % 2 ? vuzp2q_s64(first, second) : vuzp1q_s64(first, second));
    }
  }
}

#include "convolution_neon16.h"

void i8k_conv_q8_4x16c8__neoni8mm(const i8k_convolution_arguments *t) { run(t, false); }

void i8k_conv_q16_4x16c8__neoni8mm(const i8k_convolution_arguments *t) { run(t, true); }

#pragma clang attribute pop
#endif
