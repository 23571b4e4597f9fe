#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx512.h"
#include "exponential.h"

#pragma clang attribute push(__attribute__((target(I8K_AVX512_TARGET))), apply_to = function)

// 64 outputs in four registers, of which a panel with fewer uses as many as it needs. Weights are widened and converted
// on the way, which takes longer than the latency of a fused multiply-add.

enum { NR = 64 };

static inline __attribute__((always_inline)) void run(const i8k_dense_arguments *t, const int registers) {
  __m512 acc[NR / 16];
  I8K_UNROLL
  for (int j = 0; j < registers; ++j) acc[j] = _mm512_setzero_ps();
  const int8_t *w = t->panel;
  for (size_t i = 0; i < t->inputs; ++i, w += NR) {
    const __m512 x = _mm512_set1_ps(t->input[i]);
    I8K_UNROLL
    for (int j = 0; j < registers; ++j) {
      const __m512 weights = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(i8k_load_quarter512(w + 16 * j)));
      acc[j] = _mm512_fmadd_ps(x, weights, acc[j]);
    }
  }
  I8K_UNROLL
  for (int j = 0; j < registers; ++j) {
    const __m512 y =
        _mm512_fmadd_ps(acc[j], _mm512_loadu_ps(t->scales + 16 * j), _mm512_loadu_ps(t->biases + 16 * j));
    _mm512_mask_storeu_ps(t->output + 16 * j, i8k_mask16(t->outputs - 16 * j), y);
  }
}

void i8k_dense_f32_1x64__avx512vnni(const i8k_dense_arguments *t) {
  switch ((t->outputs + 15) / 16) {
    case 1: run(t, 1); break;
    case 2: run(t, 2); break;
    case 3: run(t, 3); break;
    default: run(t, 4);
  }
}

/// eˣ as i8k_exponential computes it.
static inline __m512 exponential(__m512 x) {
  const __m512 lower = _mm512_set1_ps(kExpLower), upper = _mm512_set1_ps(kExpUpper), one = _mm512_set1_ps(1.0f);
  const __m512 clamped = _mm512_min_ps(_mm512_max_ps(x, lower), upper);
  const __m512i n = _mm512_cvtps_epi32(_mm512_mul_ps(clamped, _mm512_set1_ps(kLog2E)));
  const __m512 whole = _mm512_cvtepi32_ps(n);
  __m512 r = _mm512_fmadd_ps(whole, _mm512_set1_ps(kMinusLn2High), clamped);
  r = _mm512_fmadd_ps(whole, _mm512_set1_ps(kMinusLn2Low), r);
  __m512 p = _mm512_set1_ps(kExp6);
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(kExp5));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(kExp4));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(kExp3));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.5f));
  p = _mm512_fmadd_ps(p, r, one);
  p = _mm512_fmadd_ps(p, r, one);
  return _mm512_mul_ps(p, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(n, _mm512_set1_epi32(127)), 23)));
}

void i8k_sigmoid_f32__avx512vnni(const i8k_sigmoid_arguments *t) {
  const __m512 one = _mm512_set1_ps(1.0f);
  for (size_t i = 0; i < t->count; i += 16) {
    const __mmask16 mask = i8k_mask16(t->count - i);
    const __m512 x = _mm512_maskz_loadu_ps(mask, t->input + i);
    const __m512 negative = _mm512_xor_ps(x, _mm512_set1_ps(-0.0f));
    const __m512 y = _mm512_div_ps(one, _mm512_add_ps(one, exponential(negative)));
    _mm512_mask_storeu_ps(t->output + i, mask, t->timesInput ? _mm512_mul_ps(x, y) : y);
  }
}

#pragma clang attribute pop
#endif
