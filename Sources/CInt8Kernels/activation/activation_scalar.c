#include "../base.h"

// The definition of an activation over a strip: a function of |x| in 16 segments of ½, a quadratic each.

static int8_t activate(const i8k_activation_arguments *a, int16_t t, size_t c) {
  const int32_t magnitude = t < 0 ? -(int32_t)t : t;
  const int32_t u = (magnitude < a->limits[c] ? magnitude : a->limits[c]) * a->scales[c];
  const int32_t i = u >> 11;
  const int16_t x = (int16_t)((u & 2047) << 4);
  const int16_t linear = (int16_t)(i8k_mulr(a->a2[i], x) + a->a1[i]);
  const int16_t r = (int16_t)(i8k_mulr(linear, x) + a->a0[i]);
  const int16_t v = (int16_t)(a->isOdd ? a->offset + (t < 0 ? -r : r) : (t > 0 ? t : 0) - i8k_mulr(r, a->halves[c]));
  return i8k_saturate8(a->zeroPoints[c] + i8k_mulr(v, a->gains[c]));
}

void i8k_activation_s16__scalar(const i8k_activation_arguments *a) {
  for (size_t row = 0; row < a->rows; ++row) {
    const int16_t *t = (const int16_t *)((const char *)a->strip + row * a->stripStrideBytes);
    int8_t *y = a->output + row * a->outputStrideBytes;
    for (size_t c = 0; c < a->channels; ++c) y[c] = activate(a, t[c], c);
  }
}
