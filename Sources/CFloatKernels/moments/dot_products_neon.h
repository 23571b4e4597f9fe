#include <arm_neon.h>

#include "dot_products_plain.h"

void fk_dot_products__neon(const int16_t *const *a, const int16_t *const *b, size_t count, int32_t *results) {
  enum { kRows = fk_dot_product_rows, kSamples = 8 };
  const size_t whole = count / kSamples * kSamples;
  int32x4_t sums[kRows][kRows];
  for (size_t i = 0; i < kRows; i++) {
    for (size_t j = 0; j < kRows; j++) sums[i][j] = vdupq_n_s32(0);
  }
  for (size_t s = 0; s < whole; s += kSamples) {
    int16x8_t right[kRows];
    for (size_t j = 0; j < kRows; j++) right[j] = vld1q_s16(b[j] + s);
    for (size_t i = 0; i < kRows; i++) {
      const int16x8_t left = vld1q_s16(a[i] + s);
      for (size_t j = 0; j < kRows; j++) {
        sums[i][j] = vmlal_s16(sums[i][j], vget_low_s16(left), vget_low_s16(right[j]));
        sums[i][j] = vmlal_high_s16(sums[i][j], left, right[j]);
      }
    }
  }
  for (size_t i = 0; i < kRows; i++) {
    for (size_t j = 0; j < kRows; j++) results[i * kRows + j] = vaddvq_s32(sums[i][j]);
  }
  add_dot_products(a, b, whole, count, results);
}
