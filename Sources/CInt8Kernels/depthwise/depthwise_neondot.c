#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"
#include "depthwise_neon.h"

#pragma clang attribute push(__attribute__((target("+dotprod"))), apply_to = function)

// 16 channels. A column of a window is turned by TBL so that its rows stand together: SDOT then sums them for four
// channels at once. Pixels side by side share their columns.

/// Bytes ch, 16 + ch, 32 + ch, 48 + ch of a table, for the four channels of each quad.
static const uint8_t transposed[4][16] = {{0, 16, 32, 48, 1, 17, 33, 49, 2, 18, 34, 50, 3, 19, 35, 51},
                                          {4, 20, 36, 52, 5, 21, 37, 53, 6, 22, 38, 54, 7, 23, 39, 55},
                                          {8, 24, 40, 56, 9, 25, 41, 57, 10, 26, 42, 58, 11, 27, 43, 59},
                                          {12, 28, 44, 60, 13, 29, 45, 61, 14, 30, 46, 62, 15, 31, 47, 63}};

// 3 × 3 side by side: 8 channels at a time of one or of two rows of outputs. Four rows of a column serve both: in a lane
// the first output's weights are followed by 0, the second's begin with it. The last three columns stay in registers.

typedef struct {
  /// [output row][column][quad]
  int8x16_t weights[2][3][4];
  const int32_t *bias;
} kernel3;

I8K_INLINE kernel3 kernel3_of(const i8k_convolution_arguments *t) {
  kernel3 k = {.bias = t->panel};
  const int8_t *w = (const int8_t *)(k.bias + NR);
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) {
    const uint8x16_t indices = vld1q_u8(transposed[q]);
    I8K_UNROLL
    for (int x = 0; x < 3; ++x) {
      const int8x16x3_t rows = {{vld1q_s8(w + NR * x), vld1q_s8(w + NR * (3 + x)), vld1q_s8(w + NR * (6 + x))}};
      // The fourth byte of a lane is 0 by an index out of TBL's range.
      k.weights[0][x][q] = vqtbl3q_s8(rows, indices);
      k.weights[1][x][q] = vreinterpretq_s8_s32(vshlq_n_s32(vreinterpretq_s32_s8(k.weights[0][x][q]), 8));
    }
  }
  return k;
}

/// What a loop over 8 channels of `rows` rows holds.
typedef struct {
  int8x16_t weights[2][3][2];
  uint8x16_t indices[2];
  i8k_numbers numbers;
  const int32_t *bias;
  const int8_t *inputs[4];
  char *outputs[2];
  size_t outputStride;
} loop3;

typedef struct {
  int8x16_t quads[2];
} column3;

/// The next column of rows + 2 input rows, turned. Rows of a single output have no fourth byte.
I8K_INLINE column3 next_column(loop3 *v, const int rows) {
  int8x16_t row[4];
  I8K_UNROLL
  for (int r = 0; r < rows + 2; ++r) {
    row[r] = vld1q_s8(v->inputs[r]);
    v->inputs[r] += NR;
    __asm__("" : "+r"(v->inputs[r]));  // a pointer that is moved on by the load, not an index and additions
  }
  column3 c;
  I8K_UNROLL
  for (int q = 0; q < 2; ++q) {
    if (rows == 2)
      c.quads[q] = vqtbl4q_s8((int8x16x4_t){{row[0], row[1], row[2], row[3]}}, v->indices[q]);
    else
      c.quads[q] = vqtbl3q_s8((int8x16x3_t){{row[0], row[1], row[2]}}, v->indices[q]);
  }
  return c;
}

/// The outputs whose three columns are these.
I8K_INLINE void finish3(loop3 *v, const column3 a, const column3 b, const column3 c, const int rows,
                        const bool isStrip, const i8k_extras extras) {
  int16x8_t words[2];
  I8K_UNROLL
  for (int r = 0; r < rows; ++r) {
    int32x4_t acc[2];
    __asm__("" : "+r"(v->bias));  // loads, two registers each, instead of copies
    I8K_UNROLL
    for (int q = 0; q < 2; ++q) {
      acc[q] = vdotq_s32(vld1q_s32(v->bias + 4 * q), a.quads[q], v->weights[r][0][q]);
      acc[q] = vdotq_s32(acc[q], b.quads[q], v->weights[r][1][q]);
      acc[q] = vdotq_s32(acc[q], c.quads[q], v->weights[r][2][q]);
    }
    words[r] = i8k_rounded(acc, &v->numbers, extras, NULL);
  }
  if (isStrip) {
    I8K_UNROLL
    for (int r = 0; r < rows; ++r) vst1q_s16((int16_t *)(void *)v->outputs[r], words[r]);
  } else {
    int8x16_t y = i8k_finished(words[0], words[rows - 1], &v->numbers, &v->numbers, extras);
    if (rows == 2) __asm__("" : "+w"(y));  // one register, not its halves apart
    vst1_s8((int8_t *)v->outputs[0], vget_low_s8(y));
    if (rows == 2) vst1_s8((int8_t *)v->outputs[1], vget_high_s8(y));
  }
  I8K_UNROLL
  for (int r = 0; r < rows; ++r) v->outputs[r] += v->outputStride;
}

/// `count` pixels side by side, and as many below them where `rows` is 2; half of the channels.
I8K_INLINE void run3_half(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                          const i8k_extras extras, const kernel3 *k, size_t rowBytes, size_t pixel, size_t count,
                          const int rows, size_t half) {
  loop3 v = {.numbers = n->half[half], .bias = k->bias + 8 * half, .outputStride = t->outputStrideBytes};
  I8K_UNROLL
  for (int q = 0; q < 2; ++q) v.indices[q] = vld1q_u8(transposed[2 * half + (size_t)q]);
  I8K_UNROLL
  for (int r = 0; r < rows; ++r) {
    v.outputs[r] = (char *)t->output + (pixel + (size_t)r * count) * v.outputStride + (isStrip ? 16 : 8) * half;
    I8K_UNROLL
    for (int x = 0; x < 3; ++x) {
      I8K_UNROLL
      for (int q = 0; q < 2; ++q) v.weights[r][x][q] = k->weights[r][x][2 * half + (size_t)q];
    }
  }
  I8K_UNROLL
  for (int r = 0; r < rows + 2; ++r)
    v.inputs[r] = (const int8_t *)t->rows[pixel] + t->tapByteOffsets[0] + (size_t)r * rowBytes;
  column3 a = next_column(&v, rows), b = next_column(&v, rows);
  for (;;) {
    const column3 c = next_column(&v, rows);
    finish3(&v, a, b, c, rows, isStrip, extras);
    if (--count == 0) return;
    a = next_column(&v, rows);
    finish3(&v, b, c, a, rows, isStrip, extras);
    if (--count == 0) return;
    b = next_column(&v, rows);
    finish3(&v, c, a, b, rows, isStrip, extras);
    if (--count == 0) return;
  }
}

/// `count` pixels, every second, all channels: a column ends one sum and begins the next.
I8K_INLINE void run3_strided(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                             const i8k_extras extras, const kernel3 *k, size_t rowBytes, size_t pixel, size_t count) {
  const int8_t *place = (const int8_t *)t->rows[pixel] + t->tapByteOffsets[0];
  const size_t stride = t->outputStrideBytes;
  char *output = (char *)t->output + pixel * stride;
  const int32_t *bias = k->bias;
  int8x16_t weights[3][4];
  uint8x16_t indices[4];
  int32x4_t acc[4];
  const int8x16x3_t first = {{vld1q_s8(place), vld1q_s8(place + rowBytes), vld1q_s8(place + 2 * rowBytes)}};
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) {
    indices[q] = vld1q_u8(transposed[q]);
    I8K_UNROLL
    for (int x = 0; x < 3; ++x) weights[x][q] = k->weights[0][x][q];
    acc[q] = vdotq_s32(vld1q_s32(bias + 4 * q), vqtbl3q_s8(first, indices[q]), weights[0][q]);
  }
  const int8_t *inputs[3] = {place + NR, place + NR + rowBytes, place + NR + 2 * rowBytes};
  for (; count > 0; --count) {
    int8x16x3_t rows[2];
    I8K_UNROLL
    for (int r = 0; r < 3; ++r) {
      rows[0].val[r] = vld1q_s8(inputs[r]);
      rows[1].val[r] = vld1q_s8(inputs[r] + NR);
      inputs[r] += 2 * NR;
      __asm__("" : "+r"(inputs[r]));
    }
    int16x8_t words[2];
    __asm__("" : "+r"(n), "+r"(bias));  // the numbers are loaded anew: the registers are for weights
    I8K_UNROLL
    for (int half = 0; half < 2; ++half) {
      int8x16_t last[2];
      I8K_UNROLL
      for (int j = 0; j < 2; ++j) {
        const int q = 2 * half + j;
        acc[q] = vdotq_s32(acc[q], vqtbl3q_s8(rows[0], indices[q]), weights[1][q]);
        last[j] = vqtbl3q_s8(rows[1], indices[q]);
        acc[q] = vdotq_s32(acc[q], last[j], weights[2][q]);
      }
      words[half] = i8k_rounded(acc + 2 * half, &n->half[half], extras, NULL);
      // Only when a sum is finished may the next take its register.
      __asm__("" : "+w"(words[half]), "+w"(last[0]), "+w"(last[1]));
      I8K_UNROLL
      for (int j = 0; j < 2; ++j) {
        const int q = 2 * half + j;
        acc[q] = vdotq_s32(vld1q_s32(bias + 4 * q), last[j], weights[0][q]);
      }
    }
    if (isStrip) {
      vst1q_s16((int16_t *)(void *)output, words[0]);
      vst1q_s16((int16_t *)(void *)output + 8, words[1]);
    } else {
      vst1q_s8((int8_t *)output, i8k_finished(words[0], words[1], &n->half[0], &n->half[1], extras));
    }
    output += stride;
  }
}

/// Whether the run after that of `count` pixels at `pixel` is the row of outputs below it.
I8K_INLINE bool has_row_below(const i8k_convolution_arguments *t, size_t pixel, size_t count, size_t rowBytes) {
  const char *const *rows = (const char *const *)t->rows + pixel;
  return pixel + 2 * count <= t->mr && rows[count] == rows[0] + rowBytes &&
         i8k_run_length(t, pixel + count, NR, count) == count;
}

I8K_INLINE void run3(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                     const i8k_extras extras, size_t rowBytes) {
  const kernel3 k = kernel3_of(t);
  size_t count = 0;
  for (size_t pixel = 0; pixel < t->mr; pixel += count) {
    const size_t stride = i8k_pixel_stride(t, pixel);
    count = i8k_run_length(t, pixel, stride * NR, count);
    if (stride == 2) {
      run3_strided(t, n, isStrip, extras, &k, rowBytes, pixel, count);
    } else if (has_row_below(t, pixel, count, rowBytes)) {
      for (size_t half = 0; half < 2; ++half)
        run3_half(t, n, isStrip, extras, &k, rowBytes, pixel, count, 2, half);
      pixel += count;
    } else {
      for (size_t half = 0; half < 2; ++half)
        run3_half(t, n, isStrip, extras, &k, rowBytes, pixel, count, 1, half);
    }
  }
}

// 5 × 5: four rows of a window go column by column; of the fifth, four columns stand together. Both are turned once a run
// of pixels, into a buffer; then every quad of channels runs over it, four pixels a step. Two rows of outputs share the
// four rows that both read; the fifth is above them for the one and below them for the other.

enum { CHUNK = 32, COLUMNS = 2 * CHUNK + 4, GROUPS = COLUMNS / 4 + 1 };

typedef struct {
  int8x16_t shared[4][COLUMNS];
  /// Of each row of outputs.
  int8x16_t fifth[2][4][GROUPS];
} window5;

typedef struct {
  int8x16_t shared[5];
  /// For windows that begin `shift` columns into a group, the weights of that group and of the next.
  int8x16_t fifth[4][2];
  /// Twice the same.
  int32x4_t bias[2];
} quad5;

/// Turns `columns` columns of four rows.
I8K_INLINE void turn_columns(int8x16_t turned[4][COLUMNS], const int8_t *place, size_t rowBytes, size_t columns,
                             const uint8x16_t indices[4]) {
  const int8_t *rows[4];
  I8K_UNROLL
  for (int r = 0; r < 4; ++r) rows[r] = place + (size_t)r * rowBytes;
  for (size_t x = 0; x < columns; ++x) {
    int8x16x4_t column;
    I8K_UNROLL
    for (int r = 0; r < 4; ++r) {
      column.val[r] = vld1q_s8(rows[r]);
      rows[r] += NR;
      __asm__("" : "+r"(rows[r]));  // a pointer that is moved on by the load, not an index and additions
    }
    I8K_UNROLL
    for (int q = 0; q < 4; ++q) turned[q][x] = vqtbl4q_s8(column, indices[q]);
  }
}

/// Turns a row of `columns` columns, four at a time, and zeros after them.
I8K_INLINE void turn_row(int8x16_t turned[4][GROUPS], const int8_t *place, size_t columns, const uint8x16_t indices[4]) {
  const size_t groups = columns / 4, rest = columns % 4;
  for (size_t group = 0; group < groups; ++group, place += 4 * NR) {
    const int8x16x4_t pixels = vld1q_s8_x4(place);
    I8K_UNROLL
    for (int q = 0; q < 4; ++q) turned[q][group] = vqtbl4q_s8(pixels, indices[q]);
  }
  int8x16x4_t pixels = {{vdupq_n_s8(0), vdupq_n_s8(0), vdupq_n_s8(0), vdupq_n_s8(0)}};
  if (rest > 0) pixels.val[0] = vld1q_s8(place);
  if (rest > 1) pixels.val[1] = vld1q_s8(place + NR);
  if (rest > 2) pixels.val[2] = vld1q_s8(place + 2 * NR);
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) turned[q][groups] = vqtbl4q_s8(pixels, indices[q]);
}

/// The weights of a quad whose shared rows begin at kernel row `first`, 0 or 1.
I8K_INLINE quad5 quad5_at(const int32_t *bias, int q, const size_t first) {
  quad5 k;
  const int8_t *w = (const int8_t *)(bias + NR), *fifth = w + NR * (first ? 0 : 20);
  const uint8x16_t indices = vld1q_u8(transposed[q]);
  w += NR * 5 * first;
  I8K_UNROLL
  for (int x = 0; x < 5; ++x) {
    const int8x16x4_t rows = {{vld1q_s8(w + NR * x), vld1q_s8(w + NR * (5 + x)), vld1q_s8(w + NR * (10 + x)),
                               vld1q_s8(w + NR * (15 + x))}};
    k.shared[x] = vqtbl4q_s8(rows, indices);
  }
  // Bytes of a lane moved up or down, with zeros behind them.
  const uint32x4_t left = vreinterpretq_u32_s8(vqtbl4q_s8(vld1q_s8_x4(fifth), indices));
  const uint32x4_t right = vreinterpretq_u32_s8(vqtbl4q_s8(vld1q_s8_x4(fifth + NR), indices));
  I8K_UNROLL
  for (int shift = 0; shift < 4; ++shift) {
    k.fifth[shift][0] = vreinterpretq_s8_u32(vshlq_u32(left, vdupq_n_s32(8 * shift)));
    k.fifth[shift][1] = vreinterpretq_s8_u32(vshlq_u32(right, vdupq_n_s32(8 * (shift - 3))));
  }
  k.bias[0] = k.bias[1] = vld1q_s32(bias + 4 * q);
  return k;
}

/// The sums of a quad of channels for `count` ≤ 4 windows from the first column on, `stride` columns apart.
I8K_INLINE void sum_quad5(const quad5 *k, const int32x4_t bias[2], const int8x16_t *shared, const int8x16_t *fifth,
                          const int stride, const int count, int32x4_t acc[4]) {
  int8x16_t columns[11];
  I8K_UNROLL
  for (int x = 0; x < 5 + (count - 1) * stride; ++x) columns[x] = shared[x];
  I8K_UNROLL
  for (int i = 0; i < count; ++i) {
    const int first = i * stride;
    if (i % 2 == 0) __asm__("" : "+r"(bias));  // loads, two registers each, instead of copies
    acc[i] = vdotq_s32(bias[i % 2], columns[first], k->shared[0]);
    I8K_UNROLL
    for (int x = 1; x < 5; ++x) acc[i] = vdotq_s32(acc[i], columns[first + x], k->shared[x]);
    acc[i] = vdotq_s32(acc[i], fifth[first / 4], k->fifth[first % 4][0]);
    acc[i] = vdotq_s32(acc[i], fifth[first / 4 + 1], k->fifth[first % 4][1]);
  }
}

/// The epilogue of a quad of channels of four pixels.
typedef struct {
  float32x4_t multipliers, negativeMultipliers;
  int16x8_t zeroPoints;
  int8x16_t lower, upper;
} quad_numbers;

I8K_INLINE quad_numbers quad_numbers_of(const i8k_numbers16 *n, int q) {
  const i8k_numbers *half = &n->half[q / 2];
  const int16x4_t z = q % 2 ? vget_high_s16(half->zeroPoints) : vget_low_s16(half->zeroPoints);
  const int32x2_t lower = vreinterpret_s32_s8(half->lower), upper = vreinterpret_s32_s8(half->upper);
  return (quad_numbers){
      half->multipliers[q % 2], half->negativeMultipliers[q % 2], vcombine_s16(z, z),
      vreinterpretq_s8_s32(q % 2 ? vdupq_lane_s32(lower, 1) : vdupq_lane_s32(lower, 0)),
      vreinterpretq_s8_s32(q % 2 ? vdupq_lane_s32(upper, 1) : vdupq_lane_s32(upper, 0))};
}

I8K_INLINE int16x8_t two_pixels(int32x4_t first, int32x4_t second, const quad_numbers *n, const i8k_extras extras) {
  int32x4_t acc[2] = {first, second};
  I8K_UNROLL
  for (int i = 0; i < 2; ++i) {
    float32x4_t m = n->multipliers;
    if (extras.hasNegative) m = vbslq_f32(vcltzq_s32(acc[i]), n->negativeMultipliers, m);
    acc[i] = vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(acc[i]), m));
  }
  return i8k_narrow32(acc[0], acc[1], extras.fits);
}

/// `count` ≤ 4 pixels; returns where the next is written.
I8K_INLINE char *store_quad(char *place, size_t strideBytes, int32x4_t acc[4], const quad_numbers *n,
                            const bool isStrip, const i8k_extras extras, const int count) {
  I8K_UNROLL
  for (int i = count; i < 4; ++i) acc[i] = acc[0];
  const int16x8_t low = two_pixels(acc[0], acc[1], n, extras);
  const int16x8_t high = count > 2 ? two_pixels(acc[2], acc[3], n, extras) : low;
  if (isStrip) {
    I8K_UNROLL
    for (int i = 0; i < count; ++i, place += strideBytes) {
      const int16x8_t pair = i < 2 ? low : high;
      vst1_s16((int16_t *)(void *)place, i % 2 ? vget_high_s16(pair) : vget_low_s16(pair));
    }
    return place;
  }
  int8x16_t y;
  if (extras.isFromLowest)
    y = i8k_from_lowest(low, high);
  else
    y = i8k_pack16(vqaddq_s16(low, n->zeroPoints), vqaddq_s16(high, n->zeroPoints));
  if (extras.clamps) y = vminq_s8(vmaxq_s8(y, n->lower), n->upper);
  const int32x4_t lanes = vreinterpretq_s32_s8(y);
  I8K_UNROLL
  for (int i = 0; i < count; ++i, place += strideBytes) {
    int32_t *pixel = (int32_t *)(void *)place;
    switch (i) {
      case 0: vst1q_lane_s32(pixel, lanes, 0); break;
      case 1: vst1q_lane_s32(pixel, lanes, 1); break;
      case 2: vst1q_lane_s32(pixel, lanes, 2); break;
      default: vst1q_lane_s32(pixel, lanes, 3);
    }
  }
  return place;
}

/// A quad of channels of `count` ≤ CHUNK pixels.
I8K_INLINE void run_quad5(const quad5 *quad, const quad_numbers *numbers, const int8x16_t *shared, const int8x16_t *fifth,
                          char *y, size_t strideBytes, size_t count, const bool isStrip, const i8k_extras extras,
                          const int stride) {
  const quad5 k = *quad;
  const quad_numbers n = *numbers;
  const int32x4_t *bias = quad->bias;
  int32x4_t acc[4];
  for (size_t steps = count / 4; steps > 0; --steps) {
    sum_quad5(&k, bias, shared, fifth, stride, 4, acc);
    y = store_quad(y, strideBytes, acc, &n, isStrip, extras, 4);
    shared += 4 * stride;
    fifth += stride;
    __asm__("" : "+r"(shared), "+r"(fifth));  // pointers that are moved on, not indices and additions
  }
  count %= 4;
  if (count == 3) {
    sum_quad5(&k, bias, shared, fifth, stride, 3, acc);
    store_quad(y, strideBytes, acc, &n, isStrip, extras, 3);
  } else if (count == 2) {
    sum_quad5(&k, bias, shared, fifth, stride, 2, acc);
    store_quad(y, strideBytes, acc, &n, isStrip, extras, 2);
  } else if (count == 1) {
    sum_quad5(&k, bias, shared, fifth, stride, 1, acc);
    store_quad(y, strideBytes, acc, &n, isStrip, extras, 1);
  }
}

typedef struct {
  quad5 quads[2][4];
  quad_numbers numbers[4];
  size_t rowBytes;
} kernel5;

/// `count` ≤ CHUNK pixels, `stride` columns apart, and where `rows` is 2 as many `below` pixels later.
I8K_INLINE void run5_chunk(const i8k_convolution_arguments *t, const kernel5 *k, const bool isStrip,
                           const i8k_extras extras, size_t pixel, size_t count, size_t below, const size_t rows,
                           const int stride) {
  window5 v;
  const int8_t *place = (const int8_t *)t->rows[pixel] + t->tapByteOffsets[0];
  const size_t columns = (count - 1) * (size_t)stride + 5;
  uint8x16_t indices[4];
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) indices[q] = vld1q_u8(transposed[q]);
  turn_columns(v.shared, place + (rows - 1) * k->rowBytes, k->rowBytes, columns, indices);
  if (rows == 2) turn_row(v.fifth[0], place, columns, indices);
  turn_row(v.fifth[rows - 1], place + (rows + 3) * k->rowBytes, columns, indices);
  for (size_t r = 0; r < rows; ++r)
    for (size_t q = 0; q < 4; ++q) {
      char *y = (char *)t->output + (pixel + r * below) * t->outputStrideBytes + (isStrip ? 8 : 4) * q;
      run_quad5(&k->quads[rows - 1 - r][q], &k->numbers[q], v.shared[q], v.fifth[r][q], y, t->outputStrideBytes, count,
                isStrip, extras, stride);
    }
}

I8K_INLINE void run5(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                     const i8k_extras extras, size_t rowBytes) {
  kernel5 k = {.rowBytes = rowBytes};
  for (int q = 0; q < 4; ++q) {
    k.quads[0][q] = quad5_at(t->panel, q, 0);
    k.quads[1][q] = quad5_at(t->panel, q, 1);
    k.numbers[q] = quad_numbers_of(n, q);
  }
  size_t count = 0;
  for (size_t pixel = 0; pixel < t->mr; pixel += count) {
    const size_t stride = i8k_pixel_stride(t, pixel);
    count = i8k_run_length(t, pixel, stride * NR, count);
    const size_t rows = stride == 1 && has_row_below(t, pixel, count, rowBytes) ? 2 : 1;
    for (size_t first = 0; first < count; first += CHUNK) {
      const size_t chunk = count - first < CHUNK ? count - first : CHUNK;
      if (stride == 1)
        run5_chunk(t, &k, isStrip, extras, pixel + first, chunk, count, rows, 1);
      else
        run5_chunk(t, &k, isStrip, extras, pixel + first, chunk, count, 1, 2);
    }
    pixel += (rows - 1) * count;
  }
}

/// Whole panels of taps that are known.
I8K_INLINE void run_size(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                         const i8k_extras extras, size_t rowBytes3, size_t rowBytes5) {
  if (rowBytes3 != 0)
    run3(t, n, isStrip, extras, rowBytes3);
  else
    run5(t, n, isStrip, extras, rowBytes5);
}

#include "depthwise_neon_run.h"

void i8k_dw_q8_1x16c1__neondot(const i8k_convolution_arguments *t) { run(t, false); }

void i8k_dw_q16_1x16c1__neondot(const i8k_convolution_arguments *t) { run(t, true); }

#pragma clang attribute pop
#endif
