#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

#pragma clang attribute push(__attribute__((target("+i8mm"))), apply_to = function)

// 6 pixels × 16 channels by SMMLA: 8 elements of two pixels by 8 elements of two channels give 2 × 2 sums. Rows are
// joined in pairs once for all panels (i8k_join_rows__neon), so that nothing is rearranged here: 24 accumulators, 16
// elements of the three pairs and two registers of weights are the 32 registers. A panel of at most 8 channels runs half
// as wide. The epilogue leaves the sums as they lie and separates the two pixels as bytes.

enum { MR = 6, NR = 16, QUADS = NR / 4, KR = 8, GROUP = 2 * KR };

/// The products of 8 elements of pairs of pixels; a pair has 2·QUADS accumulators.
I8K_INLINE void step(const int pairs, const int quads, int32x4_t acc[], const int8x16_t a[], const int8_t *w) {
  I8K_UNROLL
  for (int o = 0; o < 2 * quads; ++o) {
    const int8x16_t weights = vld1q_s8(w + 16 * o);
    I8K_UNROLL
    for (int i = 0; i < pairs; ++i)
      acc[i * 2 * QUADS + o] = vmmlaq_s32(acc[i * 2 * QUADS + o], a[i], weights);
  }
}

/// 16 elements of each pair; moves the pointers to the pairs on.
I8K_INLINE void two_steps(const int pairs, const int quads, int32x4_t acc[], const int8_t *row[], const int8_t *w) {
  int8x16_t a[2][MR / 2];
  I8K_UNROLL
  for (int i = 0; i < pairs; ++i) a[0][i] = vld1q_s8(row[i]);
  step(pairs, quads, acc, a[0], w);
  I8K_UNROLL
  for (int i = 0; i < pairs; ++i) {
    a[1][i] = vld1q_s8(row[i] + GROUP);
    row[i] += 2 * GROUP;
    __asm__("" : "+r"(row[i]));
  }
  step(pairs, quads, acc, a[1], w + KR * NR);
}

/// The epilogue's numbers, and the same in the order of a pair's sums: channels o and o + 1 of the one pixel, then of the
/// other.
typedef struct {
  i8k_numbers16 plain;
  i8k_extras extras;
  float32x4_t multipliers[2 * QUADS], negativeMultipliers[2 * QUADS], residualMultipliers[2 * QUADS];
  int32x4_t biases[2 * QUADS];
  int16x8_t zeroPoints[QUADS];
  int8x16_t residualZeroPoints[2];
} numbers;

I8K_INLINE void repeat(float32x4_t twice[2 * QUADS], const float32x4_t quad, const int q) {
  const float64x2_t pairs = vreinterpretq_f64_f32(quad);
  twice[2 * q] = vreinterpretq_f32_f64(vdupq_laneq_f64(pairs, 0));
  twice[2 * q + 1] = vreinterpretq_f32_f64(vdupq_laneq_f64(pairs, 1));
}

/// Pairs of bytes of two pixels, in turn.
I8K_INLINE int8x16_t low_pairs(int8x16_t first, int8x16_t second) {
  return vreinterpretq_s8_s16(vzip1q_s16(vreinterpretq_s16_s8(first), vreinterpretq_s16_s8(second)));
}

I8K_INLINE int8x16_t high_pairs(int8x16_t first, int8x16_t second) {
  return vreinterpretq_s8_s16(vzip2q_s16(vreinterpretq_s16_s8(first), vreinterpretq_s16_s8(second)));
}

I8K_INLINE numbers numbers_of(const i8k_convolution_arguments *t) {
  numbers n = {.plain = i8k_numbers16_of(t)};
  n.extras = n.plain.extras;
  const i8k_numbers *half = n.plain.half;
  I8K_UNROLL
  for (int o = 0; o < 2 * QUADS; ++o)
    n.biases[o] = vreinterpretq_s32_s64(vld1q_dup_s64((const int64_t *)t->panel + o));
  I8K_UNROLL
  for (int q = 0; q < QUADS; ++q) {
    repeat(n.multipliers, half[q / 2].multipliers[q % 2], q);
    if (n.extras.hasNegative) repeat(n.negativeMultipliers, half[q / 2].negativeMultipliers[q % 2], q);
    if (n.extras.hasResidual) repeat(n.residualMultipliers, half[q / 2].residualMultipliers[q % 2], q);
    const int32x4_t z = vreinterpretq_s32_s16(half[q / 2].zeroPoints);
    n.zeroPoints[q] = vreinterpretq_s16_s32(q % 2 ? vzip2q_s32(z, z) : vzip1q_s32(z, z));
  }
  if (n.extras.hasResidual) {
    const int8x16_t z = vcombine_s8(half[0].residualZeroPoints, half[1].residualZeroPoints);
    n.residualZeroPoints[0] = low_pairs(z, z);
    n.residualZeroPoints[1] = high_pairs(z, z);
  }
  return n;
}

/// The sums of `pixels` pixels. All taps of a joined row stand one after the other.
I8K_INLINE void sum_products(const i8k_convolution_arguments *t, const numbers *n, const void *const *rows,
                             const int pixels, const int quads, int32x4_t acc[]) {
  const int pairs = (pixels + 1) / 2;
  const int8_t *w = (const int8_t *)t->panel + 4 * NR, *row[MR / 2];
  const int32x4_t *biases = n->biases;
  I8K_UNROLL
  for (int i = 0; i < pairs; ++i) {
    row[i] = (const int8_t *)rows[2 * i] + t->rowByteOffset;
    // Loads, two registers each, instead of copies of one pair.
    __asm__("" : "+r"(biases));
    I8K_UNROLL
    for (int o = 0; o < 2 * quads; ++o) acc[i * 2 * QUADS + o] = biases[o];
  }
  const size_t groups = t->taps * ((t->depth + KR - 1) / KR);
  for (size_t left = groups / 4; left > 0; --left) {
    two_steps(pairs, quads, acc, row, w);
    two_steps(pairs, quads, acc, row, w + 2 * KR * NR);
    w += 4 * KR * NR;
    __asm__("" : "+r"(w));
  }
  if (groups & 2) {
    two_steps(pairs, quads, acc, row, w);
    w += 2 * KR * NR;
  }
  if (groups % 2 == 0) return;
  int8x16_t a[MR / 2];
  I8K_UNROLL
  for (int i = 0; i < pairs; ++i) a[i] = vld1q_s8(row[i]);
  step(pairs, quads, acc, a, w);
}

/// rne(f32(acc)·m (+ residual)) of a quad of channels of a pair, saturated to Int16. `residual` is less its zero points.
I8K_INLINE int16x8_t rounded_quad(const int32x4_t acc[2], const numbers *n, const int q, const i8k_extras extras,
                                  int16x8_t residual) {
  int32x4_t rounded[2];
  I8K_UNROLL
  for (int half = 0; half < 2; ++half) {
    float32x4_t m = n->multipliers[2 * q + half];
    if (extras.hasNegative) m = vbslq_f32(vcltzq_s32(acc[half]), n->negativeMultipliers[2 * q + half], m);
    float32x4_t v = vmulq_f32(vcvtq_f32_s32(acc[half]), m);
    if (extras.hasResidual) {
      const int32x4_t words = half ? vmovl_high_s16(residual) : vmovl_s16(vget_low_s16(residual));
      v = vaddq_f32(v, vmulq_f32(vcvtq_f32_s32(words), n->residualMultipliers[2 * q + half]));
    }
    rounded[half] = vcvtnq_s32_f32(v);
  }
  return i8k_narrow32(rounded[0], rounded[1], extras.fits);
}

/// Eight channels of a pair as bytes, before their limits. `residual` holds pairs of bytes in turn.
I8K_INLINE int8x16_t bytes_of_pair(const int32x4_t acc[], const numbers *n, const int half, const i8k_extras extras,
                                   int8x16_t residual) {
  int16x8_t low = vdupq_n_s16(0), high = low;
  if (extras.hasResidual) {
    const int8x16_t z = n->residualZeroPoints[half];
    low = vsubl_s8(vget_low_s8(residual), vget_low_s8(z));
    high = vsubl_high_s8(residual, z);
  }
  low = rounded_quad(acc, n, 2 * half, extras, low);
  high = rounded_quad(acc + 2, n, 2 * half + 1, extras, high);
  if (extras.isFromLowest) return i8k_from_lowest(low, high);
  return i8k_pack16(vqaddq_s16(low, n->zeroPoints[2 * half]), vqaddq_s16(high, n->zeroPoints[2 * half + 1]));
}

/// All 16 channels of two pixels.
I8K_INLINE void store_two(i8k_place p, const numbers *n, const i8k_extras extras, const int32x4_t acc[]) {
  const i8k_place next = i8k_advance(p, 1);
  int8x16_t residual[2] = {vdupq_n_s8(0), vdupq_n_s8(0)};
  if (extras.hasResidual) {
    const int8x16_t first = vld1q_s8(p.residual), second = vld1q_s8(next.residual);
    residual[0] = low_pairs(first, second);
    residual[1] = high_pairs(first, second);
  }
  const int16x8_t low = vreinterpretq_s16_s8(bytes_of_pair(acc, n, 0, extras, residual[0]));
  const int16x8_t high = vreinterpretq_s16_s8(bytes_of_pair(acc + QUADS, n, 1, extras, residual[1]));
  int8x16_t y[2] = {vreinterpretq_s8_s16(vuzp1q_s16(low, high)), vreinterpretq_s8_s16(vuzp2q_s16(low, high))};
  if (extras.clamps) {
    const i8k_numbers *half = n->plain.half;
    const int8x16_t lower = vcombine_s8(half[0].lower, half[1].lower), upper = vcombine_s8(half[0].upper, half[1].upper);
    y[0] = vminq_s8(vmaxq_s8(y[0], lower), upper);
    y[1] = vminq_s8(vmaxq_s8(y[1], lower), upper);
  }
  vst1q_s8((int8_t *)p.output, y[0]);
  vst1q_s8((int8_t *)next.output, y[1]);
}

/// 8 channels of two pixels.
I8K_INLINE void store_two_halves(i8k_place p, const numbers *n, const i8k_extras extras, const int32x4_t acc[]) {
  const i8k_place next = i8k_advance(p, 1);
  const i8k_numbers *half = n->plain.half;
  int8x16_t residual = vdupq_n_s8(0);
  if (extras.hasResidual)
    residual = low_pairs(vcombine_s8(vld1_s8(p.residual), vdup_n_s8(0)),
                         vcombine_s8(vld1_s8(next.residual), vdup_n_s8(0)));
  const int16x8_t pairs = vreinterpretq_s16_s8(bytes_of_pair(acc, n, 0, extras, residual));
  int8x16_t y = vcombine_s8(vget_low_s8(vreinterpretq_s8_s16(vuzp1q_s16(pairs, pairs))),
                            vget_low_s8(vreinterpretq_s8_s16(vuzp2q_s16(pairs, pairs))));
  if (extras.clamps)
    y = vminq_s8(vmaxq_s8(y, vcombine_s8(half[0].lower, half[0].lower)), vcombine_s8(half[0].upper, half[0].upper));
  vst1_s8((int8_t *)p.output, vget_low_s8(y));
  vst1_s8((int8_t *)next.output, vget_high_s8(y));
}

/// All 16 channels of two pixels of a strip.
I8K_INLINE void store_two_strips(i8k_place p, const numbers *n, const i8k_extras extras, const int32x4_t acc[]) {
  int16_t *first = (int16_t *)(void *)p.output, *second = (int16_t *)(void *)i8k_advance(p, 1).output;
  I8K_UNROLL
  for (int half = 0; half < 2; ++half) {
    const int16x8_t none = vdupq_n_s16(0);
    const int32x4_t low = vreinterpretq_s32_s16(rounded_quad(acc + 4 * half, n, 2 * half, extras, none));
    const int32x4_t high = vreinterpretq_s32_s16(rounded_quad(acc + 4 * half + 2, n, 2 * half + 1, extras, none));
    vst1q_s16(first + 8 * half, vreinterpretq_s16_s32(vuzp1q_s32(low, high)));
    vst1q_s16(second + 8 * half, vreinterpretq_s16_s32(vuzp2q_s32(low, high)));
  }
}

/// A pixel of any number of channels; `second` of its pair.
I8K_INLINE void store_one(i8k_place p, const numbers *n, const i8k_extras extras, const bool isStrip, const int quads,
                          size_t nr, const int32x4_t acc[], const bool second) {
  int32x4_t sums[QUADS];
  I8K_UNROLL
  for (int q = 0; q < quads; ++q) {
    const int64x2_t low = vreinterpretq_s64_s32(acc[2 * q]), high = vreinterpretq_s64_s32(acc[2 * q + 1]);
    sums[q] = vreinterpretq_s32_s64(second ? vuzp2q_s64(low, high) : vuzp1q_s64(low, high));
  }
  if (quads < QUADS)
    isStrip ? i8k_store_strip(p, nr, sums, &n->plain.half[0], extras.fits)
            : i8k_store_pixel(p, nr, sums, &n->plain.half[0], extras);
  else
    isStrip ? i8k_store_strip16(p, nr, sums, &n->plain, extras.fits)
            : i8k_store_pixel16(p, nr, sums, &n->plain, extras);
}

I8K_INLINE void store_block(i8k_place place, const numbers *n, const i8k_extras extras, const bool isStrip,
                            const int pixels, const int quads, size_t nr, size_t count, const int32x4_t acc[]) {
  I8K_UNROLL
  for (int i = 0; i < pixels; i += 2) {
    const int32x4_t *sums = acc + i * QUADS;
    if (quads == QUADS && nr == NR && (size_t)i + 1 < count) {
      isStrip ? store_two_strips(place, n, extras, sums) : store_two(place, n, extras, sums);
    } else if (quads < QUADS && !isStrip && nr == NR / 2 && (size_t)i + 1 < count) {
      store_two_halves(place, n, extras, sums);
    } else {
      if ((size_t)i < count) store_one(place, n, extras, isStrip, quads, nr, sums, false);
      if ((size_t)i + 1 < count) store_one(i8k_advance(place, 1), n, extras, isStrip, quads, nr, sums, true);
    }
    place = i8k_advance(place, 2);
  }
}

#include "convolution_neon16.h"

void i8k_conv_q8_6x16c8__neoni8mm(const i8k_convolution_arguments *t) { run(t, false); }

void i8k_conv_q16_6x16c8__neoni8mm(const i8k_convolution_arguments *t) { run(t, true); }

#pragma clang attribute pop
#endif
