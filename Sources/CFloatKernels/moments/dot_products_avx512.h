#include <immintrin.h>

#include "dot_products_plain.h"

void fk_dot_products__avx512(const int16_t *const *a, const int16_t *const *b, size_t count, int32_t *results) {
  enum { kRows = fk_dot_product_rows, kSamples = 32 };
  const size_t whole = count / kSamples * kSamples;
  __m512i sums[kRows][kRows];
  for (size_t i = 0; i < kRows; i++) {
    for (size_t j = 0; j < kRows; j++) sums[i][j] = _mm512_setzero_si512();
  }
  for (size_t s = 0; s < whole; s += kSamples) {
    __m512i right[kRows];
    for (size_t j = 0; j < kRows; j++) right[j] = _mm512_loadu_si512(b[j] + s);
    for (size_t i = 0; i < kRows; i++) {
      const __m512i left = _mm512_loadu_si512(a[i] + s);
      for (size_t j = 0; j < kRows; j++) {
        sums[i][j] = _mm512_add_epi32(sums[i][j], _mm512_madd_epi16(left, right[j]));
      }
    }
  }
  for (size_t i = 0; i < kRows; i++) {
    for (size_t j = 0; j < kRows; j++) results[i * kRows + j] = _mm512_reduce_add_epi32(sums[i][j]);
  }
  add_dot_products(a, b, whole, count, results);
}
