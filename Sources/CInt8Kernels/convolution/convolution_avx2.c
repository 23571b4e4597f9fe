#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// 6 pixels × 16 channels on Int16: vpmaddwd adds two exact products a lane. Rows come widened to Int16, so that a pair
// of elements is one broadcast from memory; weights are packed as pairs [nr][2]. Twelve accumulators, two weights and a
// broadcast fill the registers; a panel of at most 8 channels uses the first half alone.

enum { MR = 6, NR = 16 };

typedef __m256i accumulators[MR][2];

static inline __attribute__((always_inline)) void accumulate(const i8k_convolution_arguments *t,
                                                             const void *const *rows, const int height,
                                                             const int halves, accumulators result) {
  // A local array, copied out at the end, stays in registers.
  accumulators acc;
  const int32_t *bias = t->panel;
  for (int h = 0; h < halves; ++h) {
    const __m256i start = _mm256_loadu_si256((const __m256i *)(bias + 8 * h));
    for (int i = 0; i < height; ++i) acc[i][h] = start;
  }
  const int16_t *w = (const int16_t *)(bias + NR);
  const size_t pairs = (t->depth + 1) / 2;
  for (size_t tap = 0; tap < t->taps; ++tap, rows += MR) {
    const char *row[MR];
    for (int i = 0; i < height; ++i) row[i] = (const char *)rows[i] + t->rowByteOffset;
    for (size_t k = 0; k < pairs; ++k, w += 2 * NR) {
      __m256i weights[2];
      for (int h = 0; h < halves; ++h) weights[h] = _mm256_loadu_si256((const __m256i *)(w + 16 * h));
      for (int i = 0; i < height; ++i) {
        const __m256i pair = i8k_broadcast32(row[i] + 4 * k);
        for (int h = 0; h < halves; ++h)
          acc[i][h] = _mm256_add_epi32(acc[i][h], _mm256_madd_epi16(pair, weights[h]));
      }
    }
  }
  for (int i = 0; i < height; ++i)
    for (int h = 0; h < 2; ++h) result[i][h] = h < halves ? acc[i][h] : _mm256_setzero_si256();
}

#include "blocks_avx2.h"

void i8k_conv_q8_6x16c2__avx2(const i8k_convolution_arguments *t) {
  if (t->nr > 8)
    run_any_q8(t, 2);
  else
    run_any_q8(t, 1);
}

void i8k_conv_q16_6x16c2__avx2(const i8k_convolution_arguments *t) {
  if (t->nr > 8)
    run_q16(t, 2, t->epilogue.isBounded);
  else
    run_q16(t, 1, t->epilogue.isBounded);
}

#pragma clang attribute pop
#endif
