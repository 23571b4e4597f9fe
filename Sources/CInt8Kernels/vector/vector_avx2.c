#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"
#include "exponential.h"

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

/// eˣ as i8k_exponential computes it.
static inline __m256 exponential(__m256 x) {
  const __m256 lower = _mm256_set1_ps(kExpLower), upper = _mm256_set1_ps(kExpUpper), one = _mm256_set1_ps(1.0f);
  const __m256 clamped = _mm256_min_ps(_mm256_max_ps(x, lower), upper);
  const __m256i n = _mm256_cvtps_epi32(_mm256_mul_ps(clamped, _mm256_set1_ps(kLog2E)));
  const __m256 whole = _mm256_cvtepi32_ps(n);
  __m256 r = _mm256_fmadd_ps(whole, _mm256_set1_ps(kMinusLn2High), clamped);
  r = _mm256_fmadd_ps(whole, _mm256_set1_ps(kMinusLn2Low), r);
  __m256 p = _mm256_set1_ps(kExp6);
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(kExp5));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(kExp4));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(kExp3));
  p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(0.5f));
  p = _mm256_fmadd_ps(p, r, one);
  p = _mm256_fmadd_ps(p, r, one);
  return _mm256_mul_ps(p, _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23)));
}

static inline __m256 sigmoid(__m256 x, bool timesInput) {
  const __m256 one = _mm256_set1_ps(1.0f), negative = _mm256_xor_ps(x, _mm256_set1_ps(-0.0f));
  const __m256 y = _mm256_div_ps(one, _mm256_add_ps(one, exponential(negative)));
  return timesInput ? _mm256_mul_ps(x, y) : y;
}

void i8k_sigmoid_f32__avx2(const i8k_sigmoid_arguments *t) {
  size_t i = 0;
  for (; i + 8 <= t->count; i += 8)
    _mm256_storeu_ps(t->output + i, sigmoid(_mm256_loadu_ps(t->input + i), t->timesInput));
  if (i == t->count) return;
  float last[8] = {0};
  memcpy(last, t->input + i, (t->count - i) * sizeof *last);
  _mm256_storeu_ps(last, sigmoid(_mm256_loadu_ps(last), t->timesInput));
  memcpy(t->output + i, last, (t->count - i) * sizeof *last);
}

#pragma clang attribute pop
#endif
