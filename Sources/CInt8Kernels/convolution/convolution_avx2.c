#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// 4 pixels × 16 channels on Int16: vpmaddwd adds two exact products a lane. Rows come widened to Int16, so that a pair
// of elements is one broadcast from memory; weights are packed as pairs [nr][2]. Eight accumulators, two weights and a
// broadcast stay in registers; a panel of at most 8 channels uses the first half alone.

enum { MR = 4, NR = 16 };

typedef __m256i accumulators[MR][2];

static inline __attribute__((always_inline)) void accumulate(const i8k_convolution_arguments *t,
                                                             const void *const *rows, const int halves,
                                                             accumulators result) {
  // A local array, copied out at the end, stays in registers.
  accumulators acc;
  const int32_t *bias = t->panel;
  for (int h = 0; h < halves; ++h) {
    const __m256i start = _mm256_loadu_si256((const __m256i *)(bias + 8 * h));
    for (int i = 0; i < MR; ++i) acc[i][h] = start;
  }
  const int16_t *w = (const int16_t *)(bias + NR);
  const size_t pairs = (t->depth + 1) / 2;
  for (size_t tap = 0; tap < t->taps; ++tap, rows += MR) {
    const char *row[MR];
    for (int i = 0; i < MR; ++i) row[i] = (const char *)rows[i] + t->rowByteOffset;
    for (size_t k = 0; k < pairs; ++k, w += 2 * NR) {
      __m256i weights[2];
      for (int h = 0; h < halves; ++h) weights[h] = _mm256_loadu_si256((const __m256i *)(w + 16 * h));
      for (int i = 0; i < MR; ++i) {
        const __m256i pair = i8k_broadcast32(row[i] + 4 * k);
        for (int h = 0; h < halves; ++h)
          acc[i][h] = _mm256_add_epi32(acc[i][h], _mm256_madd_epi16(pair, weights[h]));
      }
    }
  }
  for (int i = 0; i < MR; ++i)
    for (int h = 0; h < 2; ++h) result[i][h] = h < halves ? acc[i][h] : _mm256_setzero_si256();
}

static inline void store_q8(const i8k_convolution_arguments *t, size_t i, const __m256i acc[2]) {
  const int8_t *residual = t->residual ? t->residual + i * t->residualStrideBytes : NULL;
  const __m128i y = i8k_requantize_avx2(acc[0], acc[1], &t->epilogue, residual);
  i8k_store8((int8_t *)t->output + i * t->outputStrideBytes, y, t->nr);
}

static inline void store_q16(const i8k_convolution_arguments *t, size_t i, const __m256i acc[2]) {
  const __m256i y = i8k_requantize16_avx2(acc[0], acc[1], &t->epilogue);
  i8k_store16((int16_t *)((char *)t->output + i * t->outputStrideBytes), y, t->nr);
}

static inline __attribute__((always_inline)) void run(const i8k_convolution_arguments *t, const int halves,
                                                      const bool isStrip) {
  const void *const *rows = t->rows;
  for (size_t first = 0; first < t->mr; first += MR, rows += MR * t->taps) {
    accumulators acc;
    accumulate(t, rows, halves, acc);
    for (size_t i = 0; i < MR && first + i < t->mr; ++i) {
      if (isStrip)
        store_q16(t, first + i, acc[i]);
      else
        store_q8(t, first + i, acc[i]);
    }
  }
}

void i8k_conv_q8_4x16c2__avx2(const i8k_convolution_arguments *t) {
  if (t->nr > 8)
    run(t, 2, false);
  else
    run(t, 1, false);
}

void i8k_conv_q16_4x16c2__avx2(const i8k_convolution_arguments *t) {
  if (t->nr > 8)
    run(t, 2, true);
  else
    run(t, 1, true);
}

#pragma clang attribute pop
#endif
