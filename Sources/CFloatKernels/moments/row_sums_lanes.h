// Rows of Double sums of one instruction set, over lanes.h.

enum { kDoubles = FK_LANES / 2, kSumRows = 4, kSumVectors = 2, kSumColumns = kSumVectors * kDoubles };

typedef double vd __attribute__((ext_vector_type(FK_LANES / 2)));
typedef double vd_unaligned __attribute__((ext_vector_type(FK_LANES / 2), aligned(8)));

FK_INLINE vd load_doubles(const double *address) { return *(const vd_unaligned *)address; }
FK_INLINE void store_doubles(double *address, vd value) { *(vd_unaligned *)address = value; }

/// `count` sums by kSumColumns columns from `column` on.
FK_INLINE void add_rows_tile(const fk_row_sums *sums, size_t first, size_t count, size_t column) {
  vd tile[kSumRows][kSumVectors];
  for (size_t m = 0; m < count; m++) {
    const double *from = sums->sums + (first + m) * sums->sumStride + column;
    for (size_t v = 0; v < kSumVectors; v++) tile[m][v] = load_doubles(from + v * kDoubles);
  }
  const double *row = sums->rows + column;
  const double *factors = sums->factors + first * sums->factorStride;
  for (size_t k = 0; k < sums->rowCount; k++, row += sums->rowStride) {
    vd values[kSumVectors];
    for (size_t v = 0; v < kSumVectors; v++) values[v] = load_doubles(row + v * kDoubles);
    for (size_t m = 0; m < count; m++) {
      const vd factor = (vd)factors[m * sums->factorStride + k];
      for (size_t v = 0; v < kSumVectors; v++) tile[m][v] = tile[m][v] + factor * values[v];
    }
  }
  for (size_t m = 0; m < count; m++) {
    double *to = sums->sums + (first + m) * sums->sumStride + column;
    for (size_t v = 0; v < kSumVectors; v++) store_doubles(to + v * kDoubles, tile[m][v]);
  }
}

FK_INLINE void add_rows_column(const fk_row_sums *sums, size_t m, size_t column) {
  double sum = sums->sums[m * sums->sumStride + column];
  const double *row = sums->rows + column;
  for (size_t k = 0; k < sums->rowCount; k++, row += sums->rowStride) {
    sum = sum + sums->factors[m * sums->factorStride + k] * *row;
  }
  sums->sums[m * sums->sumStride + column] = sum;
}

void FK_NAME(fk_add_rows, FK_ISA)(const fk_row_sums *sums) {
  size_t column = 0;
  // A tile's part of the rows stays in the first cache while all sums take it.
  for (; column + kSumColumns <= sums->columns; column += kSumColumns) {
    size_t m = 0;
    for (; m + kSumRows <= sums->sumCount; m += kSumRows) add_rows_tile(sums, m, kSumRows, column);
    for (; m < sums->sumCount; m++) add_rows_tile(sums, m, 1, column);
  }
  for (; column < sums->columns; column++) {
    for (size_t m = 0; m < sums->sumCount; m++) add_rows_column(sums, m, column);
  }
}
