#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

static inline size_t lanes_left(size_t channels, size_t c) { return channels - c < 16 ? channels - c : 16; }

/// rne(clamp(a·mA + b·mB)) of channels c…c + 7.
static inline __m256i add8(const i8k_add_arguments *t, size_t c, __m128i a, __m128i b) {
  const __m256 first = _mm256_mul_ps(i8k_float8(a), _mm256_loadu_ps(t->multipliersA + c));
  const __m256 second = _mm256_mul_ps(i8k_float8(b), _mm256_loadu_ps(t->multipliersB + c));
  return _mm256_cvtps_epi32(i8k_clamp_avx2(_mm256_add_ps(first, second), _mm256_loadu_ps(t->lower + c),
                                           _mm256_loadu_ps(t->upper + c)));
}

void i8k_add_s8__avx2(const i8k_add_arguments *t) {
  for (size_t pixel = 0; pixel < t->pixels; ++pixel)
    for (size_t c = 0; c < t->channels; c += 16) {
      const size_t place = pixel * t->channels + c;
      const __m256i a = _mm256_sub_epi16(i8k_widen16(t->a + place), i8k_load256(t->zeroPointsA + c));
      const __m256i b = _mm256_sub_epi16(i8k_widen16(t->b + place), i8k_load256(t->zeroPointsB + c));
      const __m256i low = add8(t, c, _mm256_castsi256_si128(a), _mm256_castsi256_si128(b));
      const __m256i high = add8(t, c + 8, _mm256_extracti128_si256(a, 1), _mm256_extracti128_si256(b, 1));
      const __m256i y = _mm256_add_epi16(i8k_pack32(low, high), i8k_load256(t->zeroPoints + c));
      i8k_store8(t->output + place, i8k_pack16(y), lanes_left(t->channels, c));
    }
}

void i8k_gate_s8__avx2(const i8k_gate_arguments *t) {
  const __m128i shift = _mm_cvtsi32_si128(t->shift);
  for (size_t pixel = 0; pixel < t->pixels; ++pixel)
    for (size_t c = 0; c < t->channels; c += 16) {
      const size_t place = pixel * t->channels + c;
      const __m256i x = _mm256_sub_epi16(i8k_widen16(t->input + place), i8k_load256(t->inputZeroPoints + c));
      const __m256i product = _mm256_mulhrs_epi16(_mm256_sll_epi16(x, shift), i8k_load256(t->gates + c));
      const __m256i y = _mm256_adds_epi16(i8k_load256(t->zeroPoints + c), product);
      i8k_store8(t->output + place, i8k_pack16(y), lanes_left(t->channels, c));
    }
}

#pragma clang attribute pop
#endif
