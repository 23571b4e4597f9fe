#include "prepare.h"

void i8k_prepare_rows(i8k_prepare_function prepare, const i8k_rows_arguments *a) {
  const int8_t *source = a->source;
  char *row = a->destination;
  const size_t rows = a->areJoined ? 1 : a->pixels, count = a->areJoined ? a->pixels * a->count : a->count;
  for (size_t y = 0; y < a->rows; ++y) {
    char *inside = row + a->leftBytes;
    memcpy(row, a->padding, a->leftBytes);
    if (count > 0) prepare(source, a->sourcePixelStrideBytes, inside, a->destinationPixelStrideBytes, rows, count);
    memcpy(inside + a->pixels * a->destinationPixelStrideBytes, a->padding, a->rightBytes);
    source += a->sourceRowStrideBytes;
    row += a->destinationRowStrideBytes;
  }
}
