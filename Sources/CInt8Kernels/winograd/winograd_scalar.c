#include "../base.h"

// The definition of F(2×2, 3×3) over whole numbers. With d the 4×4 window, g the weights:
//   V = Bᵀ d B, U = (2G) g (2G)ᵀ, 4·acc = Aᵀ (Σ over channels of U ∘ V) A.
//   Bᵀ = [1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 1 0 −1], 2G = [2 0 0; 1 1 1; 1 −1 1; 0 0 2], Aᵀ = [1 1 1 0; 0 1 −1 −1].
// Every step is exact modulo 2³², and 4·acc fits Int32.

enum { NR = 8 };

/// Bᵀ times a column.
static void transform4(int16_t x[4], size_t stride) {
  const int16_t a = x[0], b = x[stride], c = x[2 * stride], d = x[3 * stride];
  x[0] = (int16_t)(a - c);
  x[stride] = (int16_t)(b + c);
  x[2 * stride] = (int16_t)(c - b);
  x[3 * stride] = (int16_t)(b - d);
}

void i8k_winograd_windows__scalar(const i8k_winograd_windows_arguments *t) {
  const size_t width = t->windowChannels;
  for (size_t y = 0; y < t->tileRows; ++y)
    for (size_t x = 0; x < t->tileColumns; ++x)
      for (size_t c = 0; c < t->channels; ++c) {
        const int8_t *source = t->rows + 2 * y * t->rowStrideBytes + 2 * x * t->channels + c;
        int16_t d[16];
        for (size_t i = 0; i < 16; ++i) d[i] = source[i / 4 * t->rowStrideBytes + i % 4 * t->channels];
        for (size_t column = 0; column < 4; ++column) transform4(d + column, 4);
        for (size_t row = 0; row < 4; ++row) transform4(d + 4 * row, 1);
        int16_t *place = t->windows + (y * t->tileColumns + x) * width + c;
        for (size_t i = 0; i < 16; ++i) place[i * t->windowsStride] = d[i];
      }
}

/// 2G times a column of three.
static void transform3(const int16_t g[3], size_t stride, int16_t u[4], size_t target) {
  const int16_t a = g[0], b = g[stride], c = g[2 * stride];
  u[0] = (int16_t)(2 * a);
  u[target] = (int16_t)(a + b + c);
  u[2 * target] = (int16_t)(a - b + c);
  u[3 * target] = (int16_t)(2 * c);
}

/// U of the whole panel.
static void transform_weights(const i8k_winograd_arguments *t) {
  const int8_t *source = (const int8_t *)((const int32_t *)t->panel + NR);
  for (size_t pair = 0; pair < t->windowChannels / 2; ++pair, source += 9 * 2 * NR)
    for (size_t lane = 0; lane < 2 * NR; ++lane) {
      int16_t g[9], half[12], u[16];
      for (size_t tap = 0; tap < 9; ++tap) g[tap] = source[tap * 2 * NR + lane];
      for (size_t column = 0; column < 3; ++column) transform3(g + column, 3, half + column, 3);
      for (size_t row = 0; row < 4; ++row) transform3(half + 3 * row, 1, u + 4 * row, 1);
      for (size_t i = 0; i < 16; ++i) t->weights[i * t->weightsStride + pair * 2 * NR + lane] = u[i];
    }
}

/// 4·acc of the 2×2 pixels of a tile.
static void accumulate(const i8k_winograd_arguments *t, size_t tile, uint32_t acc[4][NR]) {
  const int32_t *bias = t->panel;
  const int16_t *weights = t->weights;
  for (size_t o = 0; o < NR; ++o) {
    uint32_t m[4][4];
    for (size_t i = 0; i < 16; ++i) {
      const int16_t *v = t->windows + i * t->windowsStride + tile * t->windowChannels;
      // The middle of the window reaches all four pixels.
      uint32_t sum = i == 5 ? (uint32_t)bias[o] : 0;
      for (size_t k = 0; k < t->channels; ++k)
        sum += (uint32_t)(v[k] * weights[i * t->weightsStride + (k / 2 * NR + o) * 2 + k % 2]);
      m[i / 4][i % 4] = sum;
    }
    for (size_t y = 0; y < 2; ++y) {
      uint32_t row[4];
      for (size_t x = 0; x < 4; ++x)
        row[x] = y == 0 ? m[0][x] + m[1][x] + m[2][x] : m[1][x] - m[2][x] - m[3][x];
      acc[2 * y][o] = row[0] + row[1] + row[2];
      acc[2 * y + 1][o] = row[1] - row[2] - row[3];
    }
  }
}

void i8k_winograd_q8_1x8c2__scalar(const i8k_winograd_arguments *t) {
  transform_weights(t);
  for (size_t tile = 0; tile < t->tileRows * t->tileColumns; ++tile) {
    uint32_t acc[4][NR];
    accumulate(t, tile, acc);
    for (size_t i = 0; i < 4; ++i) {
      const size_t y = tile / t->tileColumns * 2 + i / 2, x = tile % t->tileColumns * 2 + i % 2;
      if (y >= t->rows || x >= t->columns) continue;
      int8_t *output = (int8_t *)t->output + y * t->outputRowStrideBytes + x * t->outputStrideBytes;
      const int8_t *residual =
          t->residual ? t->residual + y * t->residualRowStrideBytes + x * t->residualStrideBytes : NULL;
      for (size_t o = 0; o < t->nr; ++o) output[o] = i8k_requantize((int32_t)acc[i][o], &t->epilogue, o, residual);
    }
  }
}

void i8k_winograd_q16_1x8c2__scalar(const i8k_winograd_arguments *t) {
  transform_weights(t);
  for (size_t tile = 0; tile < t->tileRows * t->tileColumns; ++tile) {
    uint32_t acc[4][NR];
    accumulate(t, tile, acc);
    for (size_t i = 0; i < 4; ++i) {
      const size_t y = tile / t->tileColumns * 2 + i / 2, x = tile % t->tileColumns * 2 + i % 2;
      if (y >= t->rows || x >= t->columns) continue;
      int16_t *output = (int16_t *)((char *)t->output + y * t->outputRowStrideBytes + x * t->outputStrideBytes);
      for (size_t o = 0; o < t->nr; ++o) output[o] = i8k_requantize16((int32_t)acc[i][o], &t->epilogue, o);
    }
  }
}
