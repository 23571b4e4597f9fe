#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

#pragma clang attribute push(__attribute__((target("+dotprod"))), apply_to = function)

// 6 pixels × 16 channels by SDOT by lane: a quad of weights (4 channels × 4 elements) by 4 elements of a pixel. The 24
// accumulators, 16 elements of each pixel and two quads of weights are the 32 registers. A panel of at most 8 channels
// runs two quads wide.

enum { MR = 6, NR = 16, QUADS = NR / 4 };

I8K_INLINE int32x4_t dot(int32x4_t acc, int8x16_t w, int8x16_t a, const int lane) {
  switch (lane) {
    case 0: return vdotq_laneq_s32(acc, w, a, 0);
    case 1: return vdotq_laneq_s32(acc, w, a, 1);
    case 2: return vdotq_laneq_s32(acc, w, a, 2);
    default: return vdotq_laneq_s32(acc, w, a, 3);
  }
}

/// The products of the 4 elements in lane `lane` of each row.
I8K_INLINE void step(const int pixels, const int quads, int32x4_t acc[], const int8x16_t a[], const int8_t *w,
                     const int lane) {
  I8K_UNROLL
  for (int q = 0; q < quads; ++q) {
    const int8x16_t weights = vld1q_s8(w + 16 * q);
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i) acc[i * QUADS + q] = dot(acc[i * QUADS + q], weights, a[i], lane);
  }
}

/// One tap of ⌈depth/4⌉ `groups` of 4 elements; returns where its weights end.
I8K_INLINE const int8_t *tap_products(const int pixels, const int quads, int32x4_t acc[], const int8_t *row[],
                                      size_t groups, const int8_t *w) {
  int8x16_t a[MR];
  for (size_t whole = groups / 4; whole > 0; --whole) {
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i) {
      a[i] = vld1q_s8(row[i]);
      row[i] += 16;
      __asm__("" : "+r"(row[i]));  // a pointer that is moved on by the load, not an index and additions
    }
    I8K_UNROLL
    for (int lane = 0; lane < 4; ++lane) step(pixels, quads, acc, a, w + 4 * NR * lane, lane);
    w += 16 * NR;
    __asm__("" : "+r"(w));
  }
  groups %= 4;
  if (groups == 0) return w;
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) a[i] = vld1q_s8(row[i]);
  step(pixels, quads, acc, a, w, 0);
  if (groups > 1) step(pixels, quads, acc, a, w + 4 * NR, 1);
  if (groups > 2) step(pixels, quads, acc, a, w + 8 * NR, 2);
  return w + 4 * NR * groups;
}

typedef i8k_numbers16 numbers;

I8K_INLINE numbers numbers_of(const i8k_convolution_arguments *t) { return i8k_numbers16_of(t); }

I8K_INLINE void sum_products(const i8k_convolution_arguments *t, const numbers *n, const void *const *rows,
                             const int pixels, const int quads, int32x4_t acc[]) {
  const int32_t *bias = t->panel;
  const int8_t *w = (const int8_t *)(bias + NR);
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) {
    // Loads, two registers each, instead of copies of one row.
    __asm__("" : "+r"(bias));
    I8K_UNROLL
    for (int q = 0; q < quads; ++q) acc[i * QUADS + q] = vld1q_s32(bias + 4 * q);
  }
  for (size_t tap = 0; tap < t->taps; ++tap, rows += MR) {
    const int8_t *row[MR];
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i) row[i] = (const int8_t *)rows[i] + t->rowByteOffset;
    w = tap_products(pixels, quads, acc, row, (t->depth + 3) / 4, w);
  }
}

I8K_INLINE void store_block(i8k_place place, const numbers *n, const i8k_extras extras, const bool isStrip,
                            const int pixels, const int quads, size_t nr, size_t count, const int32x4_t acc[]) {
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) {
    if ((size_t)i >= count) continue;
    const int32x4_t *sums = acc + i * QUADS;
    if (quads < QUADS)
      isStrip ? i8k_store_strip(place, nr, sums, &n->half[0], extras.fits)
              : i8k_store_pixel(place, nr, sums, &n->half[0], extras);
    else if (nr == NR)
      isStrip ? i8k_store_whole_strip16(place, sums, n, extras.fits) : i8k_store_whole16(place, sums, n, extras);
    else
      isStrip ? i8k_store_strip16(place, nr, sums, n, extras.fits) : i8k_store_pixel16(place, nr, sums, n, extras);
    place = i8k_advance(place, 1);
  }
}

#include "convolution_neon16.h"

void i8k_conv_q8_6x16c4__neondot(const i8k_convolution_arguments *t) { run(t, false); }

void i8k_conv_q16_6x16c4__neondot(const i8k_convolution_arguments *t) { run(t, true); }

#pragma clang attribute pop
#endif
