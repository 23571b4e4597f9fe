#include "../base.h"

// The definition of a convolution tile. Sums are unsigned: they may wrap on the way.

enum { MR = 4, NR = 8 };

/// One block of MR pixels, whose pointers are `rows`.
static void accumulate(const i8k_convolution_arguments *t, const void *const *rows, uint32_t acc[MR][NR]) {
  const int32_t *bias = t->panel;
  for (size_t i = 0; i < MR; ++i)
    for (size_t o = 0; o < NR; ++o) acc[i][o] = (uint32_t)bias[o];

  const int8_t *w = (const int8_t *)(bias + NR);
  for (size_t tap = 0; tap < t->taps; ++tap) {
    const int8_t *row[MR];
    for (size_t i = 0; i < MR; ++i) row[i] = (const int8_t *)rows[tap * MR + i] + t->rowByteOffset;
    for (size_t k = 0; k < t->depth; ++k, w += NR)
      for (size_t i = 0; i < MR; ++i)
        for (size_t o = 0; o < NR; ++o) acc[i][o] += (uint32_t)(row[i][k] * w[o]);
  }
}

void i8k_conv_q8_4x8c1__scalar(const i8k_convolution_arguments *t) {
  uint32_t acc[MR][NR];
  for (size_t i = 0; i < t->mr; ++i) {
    if (i % MR == 0) accumulate(t, t->rows + i * t->taps, acc);
    int8_t *y = (int8_t *)t->output + i * t->outputStrideBytes;
    const int8_t *residual = t->residual ? t->residual + i * t->residualStrideBytes : NULL;
    for (size_t o = 0; o < t->nr; ++o) y[o] = i8k_requantize((int32_t)acc[i % MR][o], &t->epilogue, o, residual);
  }
}

void i8k_conv_q16_4x8c1__scalar(const i8k_convolution_arguments *t) {
  uint32_t acc[MR][NR];
  for (size_t i = 0; i < t->mr; ++i) {
    if (i % MR == 0) accumulate(t, t->rows + i * t->taps, acc);
    int16_t *y = (int16_t *)((char *)t->output + i * t->outputStrideBytes);
    for (size_t o = 0; o < t->nr; ++o) y[o] = i8k_requantize16((int32_t)acc[i % MR][o], &t->epilogue, o);
  }
}
