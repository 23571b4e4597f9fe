// What the files that resize pictures share.
#ifndef I8K_RESAMPLE_H
#define I8K_RESAMPLE_H

#include "../base.h"

enum { i8k_resample_bits = 22, i8k_resample_split = 12 };
static const int32_t i8k_resample_half = 1 << (i8k_resample_bits - 1);

static inline uint8_t i8k_resample_byte(int32_t sum) {
  const int32_t value = sum >> i8k_resample_bits;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void i8k_resample_rows_u8__scalar(const i8k_resample_rows_arguments *arguments);

/// Output x of one row.
static inline void i8k_resample_pixel(const i8k_resample_rows_arguments *t, const uint8_t *row, size_t x,
                                      uint8_t *output) {
  const uint8_t *source = row + t->starts[x] * 3;
  const int16_t *low = t->low + x * t->taps, *high = t->high + x * t->taps;
  int32_t sums[3] = {i8k_resample_half, i8k_resample_half, i8k_resample_half};
  for (size_t tap = 0; tap < t->taps; ++tap) {
    const int32_t weight = high[tap] * (1 << i8k_resample_split) + low[tap];
    for (size_t colour = 0; colour < 3; ++colour) sums[colour] += source[tap * 3 + colour] * weight;
  }
  for (size_t colour = 0; colour < 3; ++colour) output[colour] = i8k_resample_byte(sums[colour]);
}

/// Bytes `first`… of one row along y.
static inline void i8k_resample_rest(const i8k_resample_columns_arguments *t, size_t first) {
  for (size_t i = first; i < t->count; ++i) {
    int32_t sum = i8k_resample_half;
    for (size_t tap = 0; tap < t->taps; ++tap) sum += t->input[tap * t->inputStrideBytes + i] * t->weights[tap];
    t->output[i] = i8k_resample_byte(sum);
  }
}

#endif
