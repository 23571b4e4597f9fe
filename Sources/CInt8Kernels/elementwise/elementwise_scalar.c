#include "../base.h"

void i8k_add_s8__scalar(const i8k_add_arguments *t) {
  for (size_t pixel = 0; pixel < t->pixels; ++pixel) {
    const int8_t *a = t->a + pixel * t->channels, *b = t->b + pixel * t->channels;
    int8_t *y = t->output + pixel * t->channels;
    for (size_t c = 0; c < t->channels; ++c) {
      const float first = (float)(a[c] - t->zeroPointsA[c]) * t->multipliersA[c];
      const float second = (float)(b[c] - t->zeroPointsB[c]) * t->multipliersB[c];
      y[c] = (int8_t)(i8k_rne(i8k_clamp(first + second, t->lower[c], t->upper[c])) + t->zeroPoints[c]);
    }
  }
}

void i8k_gate_s8__scalar(const i8k_gate_arguments *t) {
  for (size_t pixel = 0; pixel < t->pixels; ++pixel) {
    const int8_t *x = t->input + pixel * t->channels;
    int8_t *y = t->output + pixel * t->channels;
    for (size_t c = 0; c < t->channels; ++c) {
      const int16_t shifted = (int16_t)((x[c] - t->inputZeroPoints[c]) * (1 << t->shift));
      y[c] = i8k_saturate8(t->zeroPoints[c] + i8k_mulr(shifted, t->gates[c]));
    }
  }
}

void i8k_make_gates(const float *x, const float *factors, size_t count, int16_t *gates) {
  for (size_t i = 0; i < count; ++i) gates[i] = (int16_t)i8k_rne(i8k_clamp(x[i] * factors[i], 0.0f, 32767.0f));
}
