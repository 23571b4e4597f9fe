#include "resample.h"

void i8k_resample_rows_u8__scalar(const i8k_resample_rows_arguments *t) {
  for (size_t r = 0; r < t->rows; ++r)
    for (size_t x = 0; x < t->outputs; ++x)
      i8k_resample_pixel(t, t->input + r * t->inputStrideBytes, x, t->output + r * t->outputStrideBytes + x * 3);
}

void i8k_resample_columns_u8__scalar(const i8k_resample_columns_arguments *t) {
  enum { block = 64 };
  for (size_t first = 0; first < t->count; first += block) {
    const size_t count = t->count - first < block ? t->count - first : block;
    int32_t sums[block];
    for (size_t i = 0; i < count; ++i) sums[i] = i8k_resample_half;
    for (size_t tap = 0; tap < t->taps; ++tap) {
      const uint8_t *source = t->input + tap * t->inputStrideBytes + first;
      for (size_t i = 0; i < count; ++i) sums[i] += source[i] * t->weights[tap];
    }
    for (size_t i = 0; i < count; ++i) t->output[first + i] = i8k_resample_byte(sums[i]);
  }
}
