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

typedef __m256i accumulators[MR][HALVES];

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

#include "blocks_avx2.h"

void i8k_conv_q8_6x16c4__avxvnni(const i8k_convolution_arguments *t) {
  if (t->nr > 8)
    run_any_q8(t, 2);
  else
    run_any_q8(t, 1);
}

void i8k_conv_q16_6x16c4__avxvnni(const i8k_convolution_arguments *t) {
  if (t->nr > 8)
    run_q16(t, 2, t->epilogue.isBounded);
  else
    run_q16(t, 1, t->epilogue.isBounded);
}

#pragma clang attribute pop
#endif
