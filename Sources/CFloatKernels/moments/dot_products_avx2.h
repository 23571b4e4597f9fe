#include <immintrin.h>

#include "dot_products_plain.h"

FK_INLINE int32_t sum_of_lanes(__m256i lanes) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xB1)));
}

/// Two rows of `a` at a time: eight sums fit the registers.
void fk_dot_products__avx2(const int16_t *const *a, const int16_t *const *b, size_t count, int32_t *results) {
  enum { kRows = fk_dot_product_rows, kHalf = kRows / 2, kSamples = 16 };
  const size_t whole = count / kSamples * kSamples;
  for (size_t first = 0; first < kRows; first += kHalf) {
    __m256i sums[kHalf][kRows];
    for (size_t i = 0; i < kHalf; i++) {
      for (size_t j = 0; j < kRows; j++) sums[i][j] = _mm256_setzero_si256();
    }
    for (size_t s = 0; s < whole; s += kSamples) {
      for (size_t i = 0; i < kHalf; i++) {
        const __m256i left = _mm256_loadu_si256((const __m256i *)(a[first + i] + s));
        for (size_t j = 0; j < kRows; j++) {
          const __m256i right = _mm256_loadu_si256((const __m256i *)(b[j] + s));
          sums[i][j] = _mm256_add_epi32(sums[i][j], _mm256_madd_epi16(left, right));
        }
      }
    }
    for (size_t i = 0; i < kHalf; i++) {
      for (size_t j = 0; j < kRows; j++) results[(first + i) * kRows + j] = sum_of_lanes(sums[i][j]);
    }
  }
  add_dot_products(a, b, whole, count, results);
}
