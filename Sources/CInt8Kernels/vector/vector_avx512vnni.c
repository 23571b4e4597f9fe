#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx512.h"

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

#pragma clang attribute pop
#endif
