#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx512.h"

#pragma clang attribute push(__attribute__((target(I8K_AVX512_TARGET))), apply_to = function)

/// 32 Int8 less their zero points, as Int16.
static inline __m512i centred(const int8_t *place, const int16_t *zeroPoints) {
  return _mm512_sub_epi16(_mm512_cvtepi8_epi16(i8k_load_half512(place)), i8k_load512(zeroPoints));
}

/// f32(words)·m of one half.
static inline __m512 scaled(__m256i words, const float *multipliers) {
  return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepi16_epi32(words)), _mm512_loadu_ps(multipliers));
}

/// rne(clamp(a·mA + b·mB)) of channels c…c + 15, as Int16.
static inline __m256i add16(const i8k_add_arguments *t, size_t c, __m256i a, __m256i b) {
  const __m512 sum = _mm512_add_ps(scaled(a, t->multipliersA + c), scaled(b, t->multipliersB + c));
  const __m512 bounded =
      _mm512_min_ps(_mm512_max_ps(sum, _mm512_loadu_ps(t->lower + c)), _mm512_loadu_ps(t->upper + c));
  return _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(bounded));
}

void i8k_add_s8__avx512vnni(const i8k_add_arguments *t) {
  for (size_t pixel = 0; pixel < t->pixels; ++pixel)
    for (size_t c = 0; c < t->channels; c += 32) {
      const size_t place = pixel * t->channels + c;
      const __m512i a = centred(t->a + place, t->zeroPointsA + c), b = centred(t->b + place, t->zeroPointsB + c);
      const __m256i low = add16(t, c, _mm512_castsi512_si256(a), _mm512_castsi512_si256(b));
      const __m256i high = add16(t, c + 16, _mm512_extracti64x4_epi64(a, 1), _mm512_extracti64x4_epi64(b, 1));
      const __m512i words = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
      const __m512i y = _mm512_add_epi16(words, i8k_load512(t->zeroPoints + c));
      i8k_store_bytes32(t->output + place, _mm512_cvtepi16_epi8(y), t->channels - c);
    }
}

void i8k_gate_s8__avx512vnni(const i8k_gate_arguments *t) {
  const __m128i shift = _mm_cvtsi32_si128(t->shift);
  for (size_t pixel = 0; pixel < t->pixels; ++pixel)
    for (size_t c = 0; c < t->channels; c += 32) {
      const size_t place = pixel * t->channels + c;
      const __m512i x = centred(t->input + place, t->inputZeroPoints + c);
      const __m512i product = _mm512_mulhrs_epi16(_mm512_sll_epi16(x, shift), i8k_load512(t->gates + c));
      const __m512i y = _mm512_adds_epi16(i8k_load512(t->zeroPoints + c), product);
      i8k_store_bytes32(t->output + place, _mm512_cvtsepi16_epi8(y), t->channels - c);
    }
}

#pragma clang attribute pop
#endif
