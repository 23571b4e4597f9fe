#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

#pragma clang attribute push(__attribute__((target("+dotprod"))), apply_to = function)

// 4 pixels × 16 channels by SDOT by lane: a quad of weights (4 channels × 4 elements) by 4 elements of a pixel. The 16
// accumulators, 32 elements of each pixel and 4 quads of weights stay in registers. A panel of at most 8 channels
// takes two blocks of pixels at once, 8 × 8: as many products a load.

enum { MR = 4, NR = 16, QUADS = NR / 4 };

I8K_INLINE int32x4_t dot(int32x4_t acc, int8x16_t w, int8x16_t a, const int lane) {
  switch (lane) {
    case 0: return vdotq_laneq_s32(acc, w, a, 0);
    case 1: return vdotq_laneq_s32(acc, w, a, 1);
    case 2: return vdotq_laneq_s32(acc, w, a, 2);
    default: return vdotq_laneq_s32(acc, w, a, 3);
  }
}

/// The products of the 4 elements in lane `lane` of each row.
I8K_INLINE void step(const int pixels, const int quads, int32x4_t acc[][QUADS], const int8x16_t a[], const int8_t *w,
                     const int lane) {
  I8K_UNROLL
  for (int q = 0; q < quads; ++q) {
    const int8x16_t weights = vld1q_s8(w + 16 * q);
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i) acc[i][q] = dot(acc[i][q], weights, a[i], lane);
  }
}

/// One tap of ⌈depth/4⌉ `groups` of 4 elements; returns where its weights end.
I8K_INLINE const int8_t *tap_products(const int pixels, const int quads, int32x4_t acc[][QUADS], const int8_t *row[],
                                      size_t groups, const int8_t *w) {
  int8x16_t a[2 * MR], next[MR];
  if (pixels <= MR)
    for (; groups >= 8; groups -= 8, w += 32 * NR) {
      I8K_UNROLL
      for (int i = 0; i < pixels; ++i) {
        a[i] = vld1q_s8(row[i]);
        next[i] = vld1q_s8(row[i] + 16);
        row[i] += 32;
      }
      I8K_UNROLL
      for (int lane = 0; lane < 4; ++lane) step(pixels, quads, acc, a, w + 4 * NR * lane, lane);
      I8K_UNROLL
      for (int lane = 0; lane < 4; ++lane) step(pixels, quads, acc, next, w + 4 * NR * (4 + lane), lane);
    }
  for (; groups >= 4; groups -= 4, w += 16 * NR) {
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i) {
      a[i] = vld1q_s8(row[i]);
      row[i] += 16;
    }
    I8K_UNROLL
    for (int lane = 0; lane < 4; ++lane) step(pixels, quads, acc, a, w + 4 * NR * lane, lane);
  }
  if (groups == 0) return w;
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) a[i] = vld1q_s8(row[i]);
  step(pixels, quads, acc, a, w, 0);
  if (groups > 1) step(pixels, quads, acc, a, w + 4 * NR, 1);
  if (groups > 2) step(pixels, quads, acc, a, w + 8 * NR, 2);
  return w + 4 * NR * groups;
}

I8K_INLINE void sum_products(const i8k_convolution_arguments *t, const void *const *rows, const int pixels,
                             const int quads, int32x4_t acc[][QUADS]) {
  const int32_t *bias = t->panel;
  const int8_t *w = (const int8_t *)(bias + NR);
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) {
    // Loads, two registers each, instead of copies of one row.
    __asm__("" : "+r"(bias));
    I8K_UNROLL
    for (int q = 0; q < quads; ++q) acc[i][q] = vld1q_s32(bias + 4 * q);
  }
  for (size_t tap = 0; tap < t->taps; ++tap, rows += MR) {
    const int8_t *row[2 * MR];
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i)
      row[i] = (const int8_t *)rows[(i < MR ? 0 : t->taps * MR) + i % MR] + t->rowByteOffset;
    w = tap_products(pixels, quads, acc, row, (t->depth + 3) / 4, w);
  }
}

#include "convolution_neon16.h"

void i8k_conv_q8_4x16c4__neondot(const i8k_convolution_arguments *t) { run(t, false); }

void i8k_conv_q16_4x16c4__neondot(const i8k_convolution_arguments *t) { run(t, true); }

#pragma clang attribute pop
#endif
