#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// 32 outputs in four registers: as many sums as hide the latency of a fused multiply-add.

enum { NR = 32 };

static inline __m256 weights8(const int8_t *w) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)w)));
}

void i8k_dense_f32_1x32__avx2(const i8k_dense_arguments *t) {
  __m256 acc[NR / 8];
  for (int j = 0; j < NR / 8; ++j) acc[j] = _mm256_setzero_ps();
  const int8_t *w = t->panel;
  for (size_t i = 0; i < t->inputs; ++i, w += NR) {
    const __m256 x = _mm256_set1_ps(t->input[i]);
    for (int j = 0; j < NR / 8; ++j) acc[j] = _mm256_fmadd_ps(x, weights8(w + 8 * j), acc[j]);
  }
  float y[NR];
  for (int j = 0; j < NR / 8; ++j)
    _mm256_storeu_ps(y + 8 * j, _mm256_fmadd_ps(acc[j], _mm256_loadu_ps(t->scales + 8 * j),
                                                _mm256_loadu_ps(t->biases + 8 * j)));
  for (size_t o = 0; o < t->outputs; ++o) t->output[o] = y[o];
}

#pragma clang attribute pop
#endif
