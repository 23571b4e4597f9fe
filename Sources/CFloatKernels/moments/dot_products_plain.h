// `dotProducts` from sample `start` on, one after another: the definition, and what vectors leave over.

FK_INLINE void add_dot_products(const int16_t *const *a, const int16_t *const *b, size_t start, size_t count,
                                      int32_t *results) {
  for (size_t i = 0; i < fk_dot_product_rows; i++) {
    for (size_t j = 0; j < fk_dot_product_rows; j++) {
      int32_t sum = 0;
      for (size_t s = start; s < count; s++) sum += (int32_t)a[i][s] * b[j][s];
      results[i * fk_dot_product_rows + j] += sum;
    }
  }
}
