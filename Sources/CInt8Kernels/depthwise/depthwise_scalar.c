#include "../base.h"

// The definition of a depthwise tile.

enum { NR = 8 };

static void accumulate(const i8k_convolution_arguments *t, size_t i, uint32_t acc[NR]) {
  const int32_t *bias = t->panel;
  for (size_t o = 0; o < NR; ++o) acc[o] = (uint32_t)bias[o];

  const int8_t *w = (const int8_t *)(bias + NR);
  for (size_t tap = 0; tap < t->taps; ++tap, w += NR) {
    const int8_t *row = (const int8_t *)t->rows[i] + t->tapByteOffsets[tap];
    for (size_t o = 0; o < t->nr; ++o) acc[o] += (uint32_t)(row[o] * w[o]);
  }
}

void i8k_dw_q8_1x8c1__scalar(const i8k_convolution_arguments *t) {
  for (size_t i = 0; i < t->mr; ++i) {
    uint32_t acc[NR];
    accumulate(t, i, acc);
    int8_t *y = (int8_t *)t->output + i * t->outputStrideBytes;
    const int8_t *residual = t->residual ? t->residual + i * t->residualStrideBytes : NULL;
    for (size_t o = 0; o < t->nr; ++o) y[o] = i8k_requantize((int32_t)acc[o], &t->epilogue, o, residual);
  }
}

void i8k_dw_q16_1x8c1__scalar(const i8k_convolution_arguments *t) {
  for (size_t i = 0; i < t->mr; ++i) {
    uint32_t acc[NR];
    accumulate(t, i, acc);
    int16_t *y = (int16_t *)((char *)t->output + i * t->outputStrideBytes);
    for (size_t o = 0; o < t->nr; ++o) y[o] = i8k_requantize16((int32_t)acc[o], &t->epilogue, o);
  }
}
