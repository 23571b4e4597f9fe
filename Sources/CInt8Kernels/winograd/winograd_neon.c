#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

// 4 tiles × 16 channels by SMLAL with a lane: four products an instruction, 2¼ times as many of the plain form. Sixteen
// accumulators, the weights of one input channel and eight input channels of each tile stay in registers. The sixteen
// positions of the window are sixteen products of matrices, one after the other over all tiles.

enum { MR = 4, NR = 16, QUADS = 4 };

/// Bᵀ times a column.
I8K_INLINE void transform4(int16x8_t a, int16x8_t b, int16x8_t c, int16x8_t d, int16x8_t y[4]) {
  y[0] = vsubq_s16(a, c);
  y[1] = vaddq_s16(b, c);
  y[2] = vsubq_s16(c, b);
  y[3] = vsubq_s16(b, d);
}

/// Bᵀ times the column of the rows' pixels that begins at `source`.
I8K_INLINE void load_column(const int8_t *source, size_t stride, int16x8_t y[4]) {
  const int8x8_t a = vld1_s8(source), b = vld1_s8(source + stride), c = vld1_s8(source + 2 * stride),
                 d = vld1_s8(source + 3 * stride);
  y[0] = vsubl_s8(a, c);
  y[1] = vaddl_s8(b, c);
  y[2] = vsubl_s8(c, b);
  y[3] = vsubl_s8(b, d);
}

void i8k_winograd_windows__neon(const i8k_winograd_windows_arguments *arguments) {
  const i8k_winograd_windows_arguments copy = *arguments, *t = &copy;
  for (size_t y = 0; y < t->tileRows; ++y)
    for (size_t c = 0; c < t->channels; c += 8) {
      const int8_t *source = t->rows + 2 * y * t->rowStrideBytes + c;
      int16_t *place = t->windows + y * t->tileColumns * t->windowChannels + c;
      // Two of a tile's four columns are the next tile's too.
      int16x8_t columns[4][4];
      load_column(source, t->rowStrideBytes, columns[0]);
      load_column(source + t->channels, t->rowStrideBytes, columns[1]);
      for (size_t x = 0; x < t->tileColumns; ++x, place += t->windowChannels) {
        source += 2 * t->channels;
        load_column(source, t->rowStrideBytes, columns[2]);
        load_column(source + t->channels, t->rowStrideBytes, columns[3]);
        int16_t *row = place;
        I8K_UNROLL
        for (int i = 0; i < 4; ++i) {
          int16x8_t v[4];
          transform4(columns[0][i], columns[1][i], columns[2][i], columns[3][i], v);
          I8K_UNROLL
          for (int j = 0; j < 4; ++j, row += t->windowsStride) vst1q_s16(row, v[j]);
        }
        I8K_UNROLL
        for (int i = 0; i < 4; ++i) {
          columns[0][i] = columns[2][i];
          columns[1][i] = columns[3][i];
        }
      }
    }
}

/// 2G times a column of three.
I8K_INLINE void transform3(int16x8_t a, int16x8_t b, int16x8_t c, int16x8_t y[4]) {
  const int16x8_t outer = vaddq_s16(a, c);
  y[0] = vaddq_s16(a, a);
  y[1] = vaddq_s16(outer, b);
  y[2] = vsubq_s16(outer, b);
  y[3] = vaddq_s16(c, c);
}

/// U of the whole panel.
I8K_INLINE void transform_weights(const i8k_winograd_arguments *t) {
  const int8_t *source = (const int8_t *)((const int32_t *)t->panel + NR);
  int16_t *place = t->weights;
  for (size_t k = 0; k < t->windowChannels; ++k, source += 9 * NR, place += NR)
    for (size_t half = 0; half < NR; half += 8) {
      int16x8_t columns[3][4];
      I8K_UNROLL
      for (int x = 0; x < 3; ++x) {
        const int8_t *column = source + x * NR + half;
        const int8x8_t a = vld1_s8(column), b = vld1_s8(column + 3 * NR), c = vld1_s8(column + 6 * NR);
        const int16x8_t outer = vaddl_s8(a, c);
        columns[x][0] = vshll_n_s8(a, 1);
        columns[x][1] = vaddw_s8(outer, b);
        columns[x][2] = vsubw_s8(outer, b);
        columns[x][3] = vshll_n_s8(c, 1);
      }
      int16_t *u = place + half;
      I8K_UNROLL
      for (int y = 0; y < 4; ++y) {
        int16x8_t row[4];
        transform3(columns[0][y], columns[1][y], columns[2][y], row);
        I8K_UNROLL
        for (int x = 0; x < 4; ++x, u += t->weightsStride) vst1q_s16(u, row[x]);
      }
    }
}

#define I8K_MULTIPLY_LANE(lane)                                                        \
  {                                                                                    \
    const int16x8_t low = vld1q_s16(w + (lane) * NR), high = vld1q_s16(w + (lane) * NR + 8); \
    I8K_UNROLL                                                                         \
    for (int i = 0; i < tiles; ++i) {                                                  \
      acc[i][0] = vmlal_laneq_s16(acc[i][0], vget_low_s16(low), x[i], lane);           \
      acc[i][1] = vmlal_high_laneq_s16(acc[i][1], low, x[i], lane);                    \
      acc[i][2] = vmlal_laneq_s16(acc[i][2], vget_low_s16(high), x[i], lane);          \
      acc[i][3] = vmlal_high_laneq_s16(acc[i][3], high, x[i], lane);                   \
    }                                                                                  \
  }

/// The sums of one window position for `tiles` tiles.
I8K_INLINE void multiply(const int16_t *v, size_t width, const int16_t *w, const int32x4_t start[QUADS],
                         const int tiles, int32_t *sums) {
  int32x4_t acc[MR][QUADS];
  I8K_UNROLL
  for (int i = 0; i < tiles; ++i) {
    I8K_UNROLL
    for (int q = 0; q < QUADS; ++q) acc[i][q] = start[q];
  }
  for (size_t k = 0; k < width; k += 8, w += 8 * NR) {
    int16x8_t x[MR];
    I8K_UNROLL
    for (int i = 0; i < tiles; ++i) x[i] = vld1q_s16(v + i * width + k);
    I8K_MULTIPLY_LANE(0)
    I8K_MULTIPLY_LANE(1)
    I8K_MULTIPLY_LANE(2)
    I8K_MULTIPLY_LANE(3)
    I8K_MULTIPLY_LANE(4)
    I8K_MULTIPLY_LANE(5)
    I8K_MULTIPLY_LANE(6)
    I8K_MULTIPLY_LANE(7)
  }
  I8K_UNROLL
  for (int i = 0; i < tiles; ++i) {
    I8K_UNROLL
    for (int q = 0; q < QUADS; ++q) vst1q_s32(sums + i * NR + 4 * q, acc[i][q]);
  }
}

static void multiply_all(const i8k_winograd_arguments *t) {
  transform_weights(t);
  const size_t width = t->windowChannels;
  const int32_t *bias = t->panel;
  for (size_t i = 0; i < 16; ++i) {
    int32x4_t start[QUADS];
    // The middle of the window reaches all four pixels.
    I8K_UNROLL
    for (int q = 0; q < QUADS; ++q) start[q] = i == 5 ? vld1q_s32(bias + 4 * q) : vdupq_n_s32(0);
    const int16_t *v = t->windows + i * t->windowsStride, *w = t->weights + i * t->weightsStride;
    int32_t *sums = t->sums + i * t->sumsStride;
    size_t left = t->tileRows * t->tileColumns;
    for (; left >= MR; left -= MR, v += MR * width, sums += MR * NR) multiply(v, width, w, start, MR, sums);
    if (left == 3)
      multiply(v, width, w, start, 3, sums);
    else if (left == 2)
      multiply(v, width, w, start, 2, sums);
    else if (left == 1)
      multiply(v, width, w, start, 1, sums);
  }
}

/// 4·acc of a tile's pixels, [row][column][quad].
I8K_INLINE void combine(const int32_t *sums, size_t stride, int32x4_t acc[2][2][QUADS]) {
  I8K_UNROLL
  for (int q = 0; q < QUADS; ++q) {
    int32x4_t rows[2][4];
    I8K_UNROLL
    for (int x = 0; x < 4; ++x) {
      const int32_t *column = sums + (size_t)x * stride + 4 * q;
      const int32x4_t b = vld1q_s32(column + 4 * stride), c = vld1q_s32(column + 8 * stride);
      rows[0][x] = vaddq_s32(vaddq_s32(vld1q_s32(column), b), c);
      rows[1][x] = vsubq_s32(vsubq_s32(b, c), vld1q_s32(column + 12 * stride));
    }
    I8K_UNROLL
    for (int y = 0; y < 2; ++y) {
      acc[y][0][q] = vaddq_s32(vaddq_s32(rows[y][0], rows[y][1]), rows[y][2]);
      acc[y][1][q] = vsubq_s32(vsubq_s32(rows[y][1], rows[y][2]), rows[y][3]);
    }
  }
}

I8K_INLINE void store(const i8k_convolution_arguments *row, size_t x, const int32x4_t acc[QUADS],
                      const i8k_numbers16 *n, const i8k_extras extras, const bool isStrip) {
  const i8k_place place = i8k_place_at(row, x);
  if (isStrip)
    i8k_store_strip16(place, row->nr, acc, n, extras.fits);
  else if (row->nr == NR)
    i8k_store_whole16(place, acc, n, extras);
  else
    i8k_store_pixel16(place, row->nr, acc, n, extras);
}

I8K_INLINE void store_tiles(const i8k_winograd_arguments *t, const i8k_numbers16 *n, const i8k_extras extras,
                            const bool isStrip) {
  const int32_t *sums = t->sums;
  for (size_t y = 0; y < t->rows; y += 2) {
    i8k_convolution_arguments rows[2];
    for (size_t i = 0; i < 2; ++i) {
      rows[i] = (i8k_convolution_arguments){
          .output = (char *)t->output + (y + i) * t->outputRowStrideBytes,
          .outputStrideBytes = t->outputStrideBytes,
          .residual = t->residual ? t->residual + (y + i) * t->residualRowStrideBytes : NULL,
          .residualStrideBytes = t->residualStrideBytes,
          .nr = t->nr};
    }
    for (size_t x = 0; x < t->columns; x += 2, sums += NR) {
      int32x4_t acc[2][2][QUADS];
      combine(sums, t->sumsStride, acc);
      I8K_UNROLL
      for (int i = 0; i < 2; ++i) {
        if (y + i >= t->rows) break;
        store(&rows[i], x, acc[i][0], n, extras, isStrip);
        if (x + 1 < t->columns) store(&rows[i], x + 1, acc[i][1], n, extras, isStrip);
      }
    }
  }
}

/// The epilogue as a plain convolution has it.
I8K_INLINE i8k_numbers16 numbers_of(const i8k_winograd_arguments *t) {
  const i8k_convolution_arguments plain = {.nr = t->nr, .residual = t->residual, .epilogue = t->epilogue};
  return i8k_numbers16_of(&plain);
}

void i8k_winograd_q8_4x16c1__neon(const i8k_winograd_arguments *arguments) {
  const i8k_winograd_arguments copy = *arguments, *t = &copy;
  multiply_all(t);
  const i8k_numbers16 n = numbers_of(t);
  if (i8k_has_extras(n.extras) || !n.extras.fits)
    store_tiles(t, &n, n.extras, false);
  else
    store_tiles(t, &n, (i8k_extras){.fits = true}, false);
}

void i8k_winograd_q16_4x16c1__neon(const i8k_winograd_arguments *arguments) {
  const i8k_winograd_arguments copy = *arguments, *t = &copy;
  multiply_all(t);
  const i8k_numbers16 n = numbers_of(t);
  store_tiles(t, &n, n.extras, true);
}

#endif
