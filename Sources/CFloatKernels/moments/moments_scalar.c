#include "../base.h"
#include "dot_products_plain.h"

void fk_add_rows__scalar(const fk_row_sums *sums) {
  for (size_t m = 0; m < sums->sumCount; m++) {
    double *target = sums->sums + m * sums->sumStride;
    for (size_t k = 0; k < sums->rowCount; k++) {
      const double factor = sums->factors[m * sums->factorStride + k];
      const double *row = sums->rows + (ptrdiff_t)k * sums->rowStride;
      for (size_t j = 0; j < sums->columns; j++) target[j] = target[j] + factor * row[j];
    }
  }
}

void fk_dot_products__scalar(const int16_t *const *a, const int16_t *const *b, size_t count, int32_t *results) {
  for (size_t i = 0; i < fk_dot_product_rows * fk_dot_product_rows; i++) results[i] = 0;
  add_dot_products(a, b, 0, count, results);
}
