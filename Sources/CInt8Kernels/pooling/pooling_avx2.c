#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

void i8k_max_pool_s8__avx2(const i8k_pool_arguments *t) {
  for (size_t c = 0; c < t->channels; c += 16) {
    __m128i largest = _mm_set1_epi8(-128);
    for (size_t tap = 0; tap < t->taps; ++tap) largest = _mm_max_epi8(largest, i8k_load128(t->rows[tap] + c));
    i8k_store8(t->output + c, largest, t->channels - c);
  }
}

// 256 elements fit Int16, even if all are −128.
void i8k_sum_s8__avx2(const i8k_sum_arguments *t) {
  for (size_t c = 0; c < t->channels; c += 16) {
    __m256i low = _mm256_setzero_si256(), high = low;
    for (size_t first = 0; first < t->pixels; first += 256) {
      const size_t end = t->pixels - first < 256 ? t->pixels : first + 256;
      __m256i words = _mm256_setzero_si256();
      for (size_t pixel = first; pixel < end; ++pixel)
        words = _mm256_add_epi16(words, i8k_widen16(t->input + pixel * t->strideBytes + c));
      low = _mm256_add_epi32(low, _mm256_cvtepi16_epi32(_mm256_castsi256_si128(words)));
      high = _mm256_add_epi32(high, _mm256_cvtepi16_epi32(_mm256_extracti128_si256(words, 1)));
    }
    int32_t sums[16];
    _mm256_storeu_si256((__m256i *)sums, low);
    _mm256_storeu_si256((__m256i *)(sums + 8), high);
    for (size_t i = 0; i < 16 && c + i < t->channels; ++i) t->sums[c + i] = sums[i];
  }
}

#pragma clang attribute pop
#endif
