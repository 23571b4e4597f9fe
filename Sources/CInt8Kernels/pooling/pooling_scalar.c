#include "../base.h"

void i8k_max_pool_s8__scalar(const i8k_pool_arguments *t) {
  for (size_t c = 0; c < t->channels; ++c) t->output[c] = -128;
  for (size_t tap = 0; tap < t->taps; ++tap) {
    const int8_t *row = t->rows[tap];
    for (size_t c = 0; c < t->channels; ++c) t->output[c] = row[c] > t->output[c] ? row[c] : t->output[c];
  }
}

void i8k_average_pool_s8__scalar(const i8k_pool_arguments *t) {
  for (size_t c = 0; c < t->channels; ++c) {
    int32_t sum = 0;
    for (size_t tap = 0; tap < t->taps; ++tap) sum += t->rows[tap][c] - t->inputZeroPoints[c];
    const float v = i8k_clamp((float)sum * t->multipliers[c], t->lower[c], t->upper[c]);
    t->output[c] = (int8_t)(i8k_rne(v) + t->zeroPoints[c]);
  }
}

void i8k_sum_s8__scalar(const i8k_sum_arguments *t) {
  for (size_t c = 0; c < t->channels; ++c) t->sums[c] = 0;
  for (size_t pixel = 0; pixel < t->pixels; ++pixel) {
    const int8_t *row = t->input + pixel * t->strideBytes;
    for (size_t c = 0; c < t->channels; ++c) t->sums[c] += row[c];
  }
}
