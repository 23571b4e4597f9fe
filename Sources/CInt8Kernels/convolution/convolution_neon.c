#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

// 2 pixels × 8 channels by SMULL, SMLAL2, SADALP: weights never are −128, so two products fit Int16. An accumulator
// holds four partial sums of one output; sixteen of them, 16 elements of each pixel and of two channels stay in
// registers. The first products of a window begin the sums (SADDLP) instead of being added to zeros.

enum { MR = 2, NR = 8, KR = 16 };

I8K_INLINE int32x4_t add_pairs(int32x4_t acc, int16x8_t products, const bool isFirst) {
  return isFirst ? vpaddlq_s16(products) : vpadalq_s16(acc, products);
}

/// The products of 16 elements with two channels, o and o + 1.
I8K_INLINE void multiply_two(const int pixels, int32x4_t acc[MR][NR], const int8x16_t a[MR], const int8x16_t w[2],
                             const int o, const bool isFirst) {
  int16x8_t products[2][MR];
  I8K_UNROLL
  for (int j = 0; j < 2; ++j) {
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i) products[j][i] = vmull_s8(vget_low_s8(w[j]), vget_low_s8(a[i]));
  }
  I8K_UNROLL
  for (int j = 0; j < 2; ++j) {
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i) {
      products[j][i] = vmlal_high_s8(products[j][i], w[j], a[i]);
      acc[i][o + j] = add_pairs(acc[i][o + j], products[j][i], isFirst);
    }
  }
}

/// 16 elements of every pixel.
I8K_INLINE void multiply_16(const int pixels, int32x4_t acc[MR][NR], const int8x16_t a[MR], const int8_t *w,
                            const bool isFirst) {
  int8x16_t weights[NR / 2][2];
  I8K_UNROLL
  for (int pair = 0; pair < NR / 2; ++pair) {
    weights[pair][0] = vld1q_s8(w + 2 * KR * pair);
    weights[pair][1] = vld1q_s8(w + 2 * KR * pair + KR);
    // Two channels are finished before the next are begun: else the compiler multiplies first, adds last, and spills.
    if (pair > 0)
      __asm__("" : "+w"(weights[pair][0]), "+w"(weights[pair][1]), "+w"(acc[0][2 * pair - 2]),
              "+w"(acc[0][2 * pair - 1]));
    multiply_two(pixels, acc, a, weights[pair], 2 * pair, isFirst);
  }
}

/// `count` ≤ 2 times 16 elements of every row.
I8K_INLINE void load_rows(const int pixels, int8x16_t a[2][MR], const int8_t *row[MR], const int count) {
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) {
    a[0][i] = vld1q_s8(row[i]);
    if (count == 2) a[1][i] = vld1q_s8(row[i] + KR);
    row[i] += KR * count;
    __asm__("" : "+r"(row[i]));  // a pointer that is moved on by the load, not an index and additions
  }
}

/// The last at most 8 elements of every row: the other half of their weights is zero.
I8K_INLINE void multiply_8(const int pixels, int32x4_t acc[MR][NR], const int8_t *row[MR], const int8_t *w,
                           const bool isFirst) {
  int8x8_t a[MR];
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) a[i] = vld1_s8(row[i]);
  I8K_UNROLL
  for (int o = 0; o < NR; ++o) {
    const int8x8_t weights = vld1_s8(w + KR * o);
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i) acc[i][o] = add_pairs(acc[i][o], vmull_s8(weights, a[i]), isFirst);
  }
}

/// Ties every sum to one register at the end of a turn: else the loop copies half of them from one to another.
I8K_INLINE void tie(const int pixels, int32x4_t acc[MR][NR]) {
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) {
    I8K_UNROLL
    for (int o = 0; o < NR; ++o) __asm__("" : "+w"(acc[i][o]));
  }
}

I8K_INLINE void point(const i8k_convolution_arguments *t, const void *const *rows, const int pixels,
                      const int8_t *row[MR]) {
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) row[i] = (const int8_t *)rows[i] + t->rowByteOffset;
}

/// The sums of 8 channels of `pixels` pixels.
///
/// The first products begin the sums before the loop over taps, which is then one loop for all taps.
I8K_INLINE void sum_products(const i8k_convolution_arguments *t, const void *const *rows, const int pixels,
                             int32x4_t sums[MR][2]) {
  int32x4_t acc[MR][NR];
  const int32_t *bias = t->panel;
  const int8_t *w = (const int8_t *)(bias + NR), *row[MR];
  // More than 8 elements are taken as 16.
  const size_t allOfTap = (t->depth + KR / 2 - 1) / KR;
  const bool tapHasRest = (t->depth - 1) % KR < KR / 2;
  size_t whole = allOfTap;
  bool hasRest = tapHasRest;
  int8x16_t a[2][MR];
  point(t, rows, pixels, row);
  if (whole == 0) {
    multiply_8(pixels, acc, row, w, true);
    hasRest = false;
  } else {
    load_rows(pixels, a, row, 1);
    multiply_16(pixels, acc, a[0], w, true);
    whole -= 1;
  }
  w += KR * NR;
  for (size_t tap = 1;; ++tap) {
    for (; whole >= 2; whole -= 2, w += 2 * KR * NR) {
      load_rows(pixels, a, row, 2);
      multiply_16(pixels, acc, a[0], w, false);
      multiply_16(pixels, acc, a[1], w + KR * NR, false);
      tie(pixels, acc);
    }
    if (whole > 0) {
      load_rows(pixels, a, row, 1);
      multiply_16(pixels, acc, a[0], w, false);
      w += KR * NR;
    }
    if (hasRest) {
      multiply_8(pixels, acc, row, w, false);
      w += KR * NR;
    }
    if (tap == t->taps) break;
    rows += MR;
    point(t, rows, pixels, row);
    whole = allOfTap;
    hasRest = tapHasRest;
  }
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) {
    I8K_UNROLL
    for (int half = 0; half < 2; ++half) {
      const int32x4_t *p = acc[i] + 4 * half;
      const int32x4_t partial = vpaddq_s32(vpaddq_s32(p[0], p[1]), vpaddq_s32(p[2], p[3]));
      sums[i][half] = vaddq_s32(partial, vld1q_s32(bias + 4 * half));
    }
  }
}

I8K_INLINE void run_q8(const i8k_convolution_arguments *t, const i8k_numbers *n, const i8k_extras extras) {
  int32x4_t sums[MR][2];
  const void *const *rows = t->rows;
  i8k_place place = i8k_place_of(t);
  size_t left = t->mr;
  for (; left >= MR; left -= MR, rows += MR * t->taps, place = i8k_advance(place, MR)) {
    sum_products(t, rows, MR, sums);
    i8k_store_pair(place, t->nr, sums, n, extras);
  }
  if (left == 0) return;
  sum_products(t, rows, 1, sums);
  i8k_store_pixel(place, t->nr, sums[0], n, extras);
}

I8K_INLINE void run_q16(const i8k_convolution_arguments *t, const i8k_numbers *n, const bool fits) {
  int32x4_t sums[MR][2];
  const void *const *rows = t->rows;
  i8k_place place = i8k_place_of(t);
  size_t left = t->mr;
  for (; left >= MR; left -= MR, rows += MR * t->taps, place = i8k_advance(place, MR)) {
    sum_products(t, rows, MR, sums);
    i8k_store_strip(place, t->nr, sums[0], n, fits);
    i8k_store_strip(i8k_advance(place, 1), t->nr, sums[1], n, fits);
  }
  if (left == 0) return;
  sum_products(t, rows, 1, sums);
  i8k_store_strip(place, t->nr, sums[0], n, fits);
}

void i8k_conv_q8_2x8c16__neon(const i8k_convolution_arguments *arguments) {
  const i8k_convolution_arguments t = *arguments;
  const i8k_numbers n = i8k_numbers_at(&t.epilogue, 0);
  const i8k_extras extras = i8k_extras_of(&t, i8k_clamps(&n, t.nr));
  if (i8k_has_extras(extras) || !extras.fits)
    run_q8(&t, &n, extras);
  else
    run_q8(&t, &n, (i8k_extras){.fits = true});
}

void i8k_conv_q16_2x8c16__neon(const i8k_convolution_arguments *arguments) {
  const i8k_convolution_arguments t = *arguments;
  const i8k_numbers n = i8k_numbers_at(&t.epilogue, 0);
  if (t.epilogue.fitsInt16)
    run_q16(&t, &n, true);
  else
    run_q16(&t, &n, false);
}

#endif
