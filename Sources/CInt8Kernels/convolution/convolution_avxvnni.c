#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)

// 6 pixels × 16 channels by vpdpbusd: rows come as q + 128, four elements are one broadcast from memory, met by weights
// packed [nr][4]. Twelve sums, two weights and a broadcast fill the sixteen registers. A panel of at most 8 channels
// uses the first half alone, and two sums an output in turn, since six would wait for each other. The last pixels of a
// call take the least block that holds them.

enum { MR = 6, NR = 16, HALVES = 2 };

/// Before a loop over registers, which must not become an array in memory.
#define UNROLL _Pragma("clang loop unroll(full)")

/// Four elements of each row by four weights of each channel, or, with one half, into sum `turn` of each output.
static inline __attribute__((always_inline)) void step(__m256i acc[MR][HALVES], const uint8_t *const row[MR],
                                                       size_t k, const int8_t *w, const int height,
                                                       const int halves, const int turn) {
  __m256i weights[HALVES];
  UNROLL
  for (int h = 0; h < halves; ++h) weights[h] = _mm256_loadu_si256((const __m256i *)(w + 32 * h));
  UNROLL
  for (int i = 0; i < height; ++i) {
    const __m256i four = i8k_broadcast32(row[i] + k);
    UNROLL
    for (int h = 0; h < halves; ++h) {
      const int sum = halves == 2 ? h : turn;
      acc[i][sum] = _mm256_dpbusd_avx_epi32(acc[i][sum], four, weights[h]);
    }
  }
}

/// The sums [height][HALVES] of a block of pixels; of one half, the second register is idle.
static inline __attribute__((always_inline)) void accumulate(const i8k_convolution_arguments *t,
                                                             const void *const *rows, const int height,
                                                             const int halves, __m256i result[MR][HALVES]) {
  // A local array, copied out at the end, stays in registers.
  __m256i acc[MR][HALVES];
  const int32_t *bias = t->panel;
  UNROLL
  for (int h = 0; h < HALVES; ++h) {
    const __m256i start =
        h < halves ? _mm256_loadu_si256((const __m256i *)(bias + 8 * h)) : _mm256_setzero_si256();
    UNROLL
    for (int i = 0; i < height; ++i) acc[i][h] = start;
  }
  const int8_t *w = (const int8_t *)(bias + NR);
  const size_t bytes = (t->depth + 3) / 4 * 4;
  for (size_t tap = 0; tap < t->taps; ++tap, rows += MR) {
    const uint8_t *row[MR];
    UNROLL
    for (int i = 0; i < height; ++i) row[i] = (const uint8_t *)rows[i] + t->rowByteOffset;
    size_t k = 0;
    for (; k + 8 <= bytes; k += 8, w += 8 * NR) {
      step(acc, row, k, w, height, halves, 0);
      step(acc, row, k + 4, w + 4 * NR, height, halves, 1);
    }
    if (k < bytes) {
      step(acc, row, k, w, height, halves, 0);
      w += 4 * NR;
    }
  }
  UNROLL
  for (int i = 0; i < height; ++i) {
    if (halves == 1) acc[i][0] = _mm256_add_epi32(acc[i][0], acc[i][1]);
    UNROLL
    for (int h = 0; h < HALVES; ++h) result[i][h] = h < halves ? acc[i][h] : _mm256_setzero_si256();
  }
}

static inline void store_q8(const i8k_convolution_arguments *t, size_t i, const __m256i acc[HALVES]) {
  const int8_t *residual = t->residual ? t->residual + i * t->residualStrideBytes : NULL;
  const __m128i y = i8k_requantize_avx2(acc[0], acc[1], &t->epilogue, residual);
  i8k_store8((int8_t *)t->output + i * t->outputStrideBytes, y, t->nr);
}

static inline void store_q16(const i8k_convolution_arguments *t, size_t i, const __m256i acc[HALVES]) {
  const __m256i y = i8k_requantize16_avx2(acc[0], acc[1], &t->epilogue);
  i8k_store16((int16_t *)((char *)t->output + i * t->outputStrideBytes), y, t->nr);
}

static inline __attribute__((always_inline)) void block(const i8k_convolution_arguments *t, size_t first,
                                                        const int height, const int halves, const bool isStrip) {
  __m256i acc[MR][HALVES];
  accumulate(t, t->rows + first * t->taps, height, halves, acc);
  for (size_t i = 0; i < (size_t)height && first + i < t->mr; ++i) {
    if (isStrip)
      store_q16(t, first + i, acc[i]);
    else
      store_q8(t, first + i, acc[i]);
  }
}

static inline __attribute__((always_inline)) void run(const i8k_convolution_arguments *t, const int halves,
                                                      const bool isStrip) {
  for (size_t first = 0; first < t->mr; first += MR) {
    const size_t left = t->mr - first;
    if (left > 4)
      block(t, first, MR, halves, isStrip);
    else if (left > 2)
      block(t, first, 4, halves, isStrip);
    else
      block(t, first, 2, halves, isStrip);
  }
}

void i8k_conv_q8_6x16c4__avxvnni(const i8k_convolution_arguments *t) {
  if (t->nr > 8)
    run(t, 2, false);
  else
    run(t, 1, false);
}

void i8k_conv_q16_6x16c4__avxvnni(const i8k_convolution_arguments *t) {
  if (t->nr > 8)
    run(t, 2, true);
  else
    run(t, 1, true);
}

#pragma clang attribute pop
#endif
