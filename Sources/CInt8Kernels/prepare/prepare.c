#include "prepare.h"

void i8k_point_evenly(const void **table, const void *start, size_t strideBytes, size_t count) {
  const char *place = start;
  for (size_t i = 0; i < count; ++i, place += strideBytes) table[i] = place;
}

void i8k_point_at_offsets(const void **table, const void *start, const int32_t *byteOffsets, size_t count) {
  for (size_t i = 0; i < count; ++i) table[i] = (const char *)start + byteOffsets[i];
}

/// Mostly a pixel or two of a depthwise panel: no call for those.
static inline void copy_padding(char *place, const char *padding, size_t count) {
  for (; count >= 16; count -= 16, place += 16, padding += 16) memcpy(place, padding, 16);
  if (count > 0) memcpy(place, padding, count);
}

void i8k_prepare_rows(i8k_prepare_function prepare, const i8k_rows_arguments *a) {
  const int8_t *source = a->source;
  char *row = a->destination;
  const size_t rows = a->areJoined ? 1 : a->pixels, count = a->areJoined ? a->pixels * a->count : a->count;
  for (size_t y = 0; y < a->rows; ++y) {
    char *inside = row + a->leftBytes;
    if (a->padding) copy_padding(row, a->padding, a->leftBytes);
    if (count > 0) prepare(source, a->sourcePixelStrideBytes, inside, a->destinationPixelStrideBytes, rows, count);
    char *right = inside + a->pixels * a->destinationPixelStrideBytes;
    if (a->padding) copy_padding(right, a->padding, a->rightBytes);
    source += a->sourceRowStrideBytes;
    row += a->destinationRowStrideBytes;
  }
}
