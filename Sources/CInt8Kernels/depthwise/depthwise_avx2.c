#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// One pixel × 16 channels: the bytes of two taps are interleaved, widened to Int16 and met by weights packed the same way,
// so that vpmaddwd adds two exact products a lane.

enum { NR = 16 };

static inline __attribute__((always_inline)) void accumulate(const i8k_convolution_arguments *t,
                                                             const void *const *rows, const size_t pairs,
                                                             __m256i acc[2]) {
  const int32_t *bias = t->panel;
  __m256i low = _mm256_loadu_si256((const __m256i *)bias);
  __m256i high = _mm256_loadu_si256((const __m256i *)(bias + 8));
  const int16_t *w = (const int16_t *)(bias + NR);
  for (size_t pair = 0; pair < pairs; ++pair) {
    const __m128i first = i8k_load128((const int8_t *)rows[2 * pair] + t->rowByteOffset);
    const __m128i second = i8k_load128((const int8_t *)rows[2 * pair + 1] + t->rowByteOffset);
    const __m256i words = _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(first, second));
    const __m256i others = _mm256_cvtepi8_epi16(_mm_unpackhi_epi8(first, second));
    low = _mm256_add_epi32(low, _mm256_madd_epi16(words, i8k_load256(w + 2 * NR * pair)));
    high = _mm256_add_epi32(high, _mm256_madd_epi16(others, i8k_load256(w + 2 * NR * pair + 16)));
  }
  acc[0] = low;
  acc[1] = high;
}

static inline __attribute__((always_inline)) void run_q8(const i8k_convolution_arguments *t, const size_t pairs) {
  for (size_t i = 0; i < t->mr; ++i) {
    __m256i acc[2];
    accumulate(t, t->rows + i * 2 * pairs, pairs, acc);
    const int8_t *residual = t->residual ? t->residual + i * t->residualStrideBytes : NULL;
    const __m128i y = i8k_requantize_avx2(acc[0], acc[1], &t->epilogue, residual);
    i8k_store8((int8_t *)t->output + i * t->outputStrideBytes, y, t->nr);
  }
}

static inline __attribute__((always_inline)) void run_q16(const i8k_convolution_arguments *t, const size_t pairs) {
  for (size_t i = 0; i < t->mr; ++i) {
    __m256i acc[2];
    accumulate(t, t->rows + i * 2 * pairs, pairs, acc);
    const __m256i y = i8k_requantize16_avx2(acc[0], acc[1], &t->epilogue);
    i8k_store16((int16_t *)((char *)t->output + i * t->outputStrideBytes), y, t->nr);
  }
}

// 3×3 and 5×5 with their loops unrolled.

void i8k_dw_q8_1x16c2__avx2(const i8k_convolution_arguments *t) {
  switch (t->taps) {
    case 9: run_q8(t, 5); break;
    case 25: run_q8(t, 13); break;
    default: run_q8(t, (t->taps + 1) / 2);
  }
}

void i8k_dw_q16_1x16c2__avx2(const i8k_convolution_arguments *t) {
  switch (t->taps) {
    case 9: run_q16(t, 5); break;
    case 25: run_q16(t, 13); break;
    default: run_q16(t, (t->taps + 1) / 2);
  }
}

#pragma clang attribute pop
#endif
