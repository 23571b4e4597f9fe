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

// 3 × 3: the fourth byte of a quad's lane is 0 by an index out of TBL's range. An output's sum is carried along while
// its three columns come by.

typedef struct {
  int8x16_t weights[3][4];
  uint8x16_t indices[4];
  const int32_t *bias;
} kernel3;

I8K_INLINE kernel3 kernel3_of(const i8k_convolution_arguments *t) {
  kernel3 k = {.bias = t->panel};
  const int8_t *w = (const int8_t *)(k.bias + NR);
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) {
    k.indices[q] = vld1q_u8(transposed[q]);
    I8K_UNROLL
    for (int x = 0; x < 3; ++x) {
      const int8x16x3_t rows = {{vld1q_s8(w + NR * x), vld1q_s8(w + NR * (3 + x)), vld1q_s8(w + NR * (6 + x))}};
      k.weights[x][q] = vqtbl3q_s8(rows, k.indices[q]);
    }
  }
  return k;
}

/// A column of three rows, turned.
I8K_INLINE void load_column(const kernel3 *k, const int8_t *place, size_t rowBytes, int8x16_t column[4]) {
  const int8x16x3_t rows = {{vld1q_s8(place), vld1q_s8(place + rowBytes), vld1q_s8(place + 2 * rowBytes)}};
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) column[q] = vqtbl3q_s8(rows, k->indices[q]);
}

I8K_INLINE void add_column(int32x4_t acc[4], const kernel3 *k, const int8x16_t column[4], const int x) {
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) acc[q] = vdotq_s32(acc[q], column[q], k->weights[x][q]);
}

I8K_INLINE void begin(int32x4_t acc[4], const kernel3 *k, const int8x16_t column[4]) {
  const int32_t *bias = k->bias;
  __asm__("" : "+r"(bias));  // loads, two registers each, instead of copies
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) acc[q] = vld1q_s32(bias + 4 * q);
  add_column(acc, k, column, 0);
}

/// The column at `place` ends the first sum, goes on with the second and begins the third.
I8K_INLINE void slide(const kernel3 *k, const int8_t *place, size_t rowBytes, int32x4_t first[4], int32x4_t second[4],
                      int32x4_t third[4]) {
  int8x16_t column[4];
  load_column(k, place, rowBytes, column);
  add_column(first, k, column, 2);
  add_column(second, k, column, 1);
  begin(third, k, column);
}

/// `count` pixels side by side.
I8K_INLINE void run3_adjacent(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                              const i8k_extras extras, const kernel3 *k, size_t rowBytes, size_t pixel,
                              size_t count) {
  const int8_t *place = (const int8_t *)t->rows[pixel] + t->tapByteOffsets[0];
  int8x16_t column[4];
  int32x4_t a[4], b[4], c[4];
  load_column(k, place, rowBytes, column);
  begin(a, k, column);
  load_column(k, place + NR, rowBytes, column);
  add_column(a, k, column, 1);
  begin(b, k, column);
  for (const size_t end = pixel + count;;) {
    place += 2 * NR;
    slide(k, place, rowBytes, a, b, c);
    i8k_store_dw(t, pixel, a, n, isStrip, extras);
    if (++pixel == end) return;
    slide(k, place + NR, rowBytes, b, c, a);
    i8k_store_dw(t, pixel, b, n, isStrip, extras);
    if (++pixel == end) return;
    slide(k, place + 2 * NR, rowBytes, c, a, b);
    i8k_store_dw(t, pixel, c, n, isStrip, extras);
    if (++pixel == end) return;
    place += NR;
  }
}

/// `count` pixels, every second.
I8K_INLINE void run3_strided(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                             const i8k_extras extras, const kernel3 *k, size_t rowBytes, size_t pixel, size_t count) {
  const int8_t *place = (const int8_t *)t->rows[pixel] + t->tapByteOffsets[0];
  int8x16_t column[4];
  int32x4_t acc[4], next[4];
  load_column(k, place, rowBytes, column);
  begin(next, k, column);
  for (const size_t end = pixel + count; pixel < end; ++pixel, place += 2 * NR) {
    I8K_UNROLL
    for (int q = 0; q < 4; ++q) acc[q] = next[q];
    load_column(k, place + NR, rowBytes, column);
    add_column(acc, k, column, 1);
    load_column(k, place + 2 * NR, rowBytes, column);
    add_column(acc, k, column, 2);
    begin(next, k, column);
    i8k_store_dw(t, pixel, acc, n, isStrip, extras);
  }
}

I8K_INLINE void run3(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                     const i8k_extras extras, size_t rowBytes) {
  const kernel3 k = kernel3_of(t);
  size_t count = 0;
  for (size_t pixel = 0; pixel < t->mr; pixel += count) {
    const size_t stride = i8k_pixel_stride(t, pixel);
    count = i8k_run_length(t, pixel, stride * NR, count);
    if (stride == 1)
      run3_adjacent(t, n, isStrip, extras, &k, rowBytes, pixel, count);
    else
      run3_strided(t, n, isStrip, extras, &k, rowBytes, pixel, count);
  }
}

// 5 × 5: the upper four rows of a window go column by column; of the lowest, four columns stand together. Both are
// turned once a run of pixels, into a buffer; then every quad of channels runs over it, four pixels a step.

enum { CHUNK = 32, COLUMNS = 2 * CHUNK + 10, GROUPS = COLUMNS / 4 + 1 };

typedef struct {
  int8x16_t upper[4][COLUMNS];
  int8x16_t lowest[4][GROUPS];
} window5;

typedef struct {
  int8x16_t upper[5];
  /// For windows that begin `shift` columns into a group, the weights of that group and of the next.
  int8x16_t lowest[4][2];
  int32x4_t bias;
} quad5;

/// Turns `columns` columns from `place` on, and as many groups of four as begin among them; the columns that up to three
/// pixels too many would read become 0.
I8K_INLINE void load_window5(window5 *v, const int8_t *place, size_t rowBytes, size_t columns) {
  uint8x16_t indices[4];
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) indices[q] = vld1q_u8(transposed[q]);
  const int8_t *lowest = place + 4 * rowBytes;
  for (size_t x = 0; x < columns; ++x, place += NR) {
    const int8_t *low = place + 2 * rowBytes;
    const int8x16x4_t rows = {
        {vld1q_s8(place), vld1q_s8(place + rowBytes), vld1q_s8(low), vld1q_s8(low + rowBytes)}};
    I8K_UNROLL
    for (int q = 0; q < 4; ++q) v->upper[q][x] = vqtbl4q_s8(rows, indices[q]);
  }
  for (size_t x = columns; x < columns + 6; ++x) {
    I8K_UNROLL
    for (int q = 0; q < 4; ++q) v->upper[q][x] = vdupq_n_s8(0);
  }
  const size_t groups = columns / 4;
  for (size_t group = 0; group < groups; ++group, lowest += 4 * NR) {
    const int8x16x4_t pixels = vld1q_s8_x4(lowest);
    I8K_UNROLL
    for (int q = 0; q < 4; ++q) v->lowest[q][group] = vqtbl4q_s8(pixels, indices[q]);
  }
  const size_t rest = columns - 4 * groups;
  int8x16x4_t pixels = {{vdupq_n_s8(0), vdupq_n_s8(0), vdupq_n_s8(0), vdupq_n_s8(0)}};
  if (rest > 0) pixels.val[0] = vld1q_s8(lowest);
  if (rest > 1) pixels.val[1] = vld1q_s8(lowest + NR);
  if (rest > 2) pixels.val[2] = vld1q_s8(lowest + 2 * NR);
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) v->lowest[q][groups] = vqtbl4q_s8(pixels, indices[q]);
}

/// Indices of lanes moved up by `bytes` (down if negative), out of TBL's range where none came.
I8K_INLINE uint8x16_t moved(uint8x16_t indices, const int bytes) {
  const uint32x4_t lanes = vreinterpretq_u32_u8(indices), all = vdupq_n_u32(0xffffffff);
  const int32x4_t by = vdupq_n_s32(8 * bytes);
  return vreinterpretq_u8_u32(vorrq_u32(vshlq_u32(lanes, by), vmvnq_u32(vshlq_u32(all, by))));
}

static inline void load_quad5(quad5 *k, const int32_t *bias, int q) {
  const int8_t *w = (const int8_t *)(bias + NR);
  const uint8x16_t indices = vld1q_u8(transposed[q]);
  for (size_t x = 0; x < 5; ++x) {
    const int8x16x4_t rows = {{vld1q_s8(w + NR * x), vld1q_s8(w + NR * (5 + x)), vld1q_s8(w + NR * (10 + x)),
                               vld1q_s8(w + NR * (15 + x))}};
    k->upper[x] = vqtbl4q_s8(rows, indices);
  }
  const int8x16x4_t first = vld1q_s8_x4(w + NR * 20), last = vld1q_s8_x4(w + NR * 21);
  I8K_UNROLL
  for (int shift = 0; shift < 4; ++shift) {
    k->lowest[shift][0] = vqtbl4q_s8(first, moved(indices, shift));
    k->lowest[shift][1] = vqtbl4q_s8(last, moved(indices, shift - 3));
  }
  k->bias = vld1q_s32(bias + 4 * q);
}

/// The sums of a quad of channels for four windows from `column` on, `stride` columns apart.
I8K_INLINE void sum_quad5(const quad5 *k, const int8x16_t *upper, const int8x16_t *lowest, const int stride,
                          int32x4_t acc[4]) {
  int8x16_t columns[11];
  I8K_UNROLL
  for (int x = 0; x < 5 + 3 * stride; ++x) columns[x] = upper[x];
  I8K_UNROLL
  for (int i = 0; i < 4; ++i) {
    const int first = i * stride;
    acc[i] = k->bias;
    I8K_UNROLL
    for (int x = 0; x < 5; ++x) acc[i] = vdotq_s32(acc[i], columns[first + x], k->upper[x]);
    acc[i] = vdotq_s32(acc[i], lowest[first / 4], k->lowest[first % 4][0]);
    acc[i] = vdotq_s32(acc[i], lowest[first / 4 + 1], k->lowest[first % 4][1]);
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

/// The first `count` of four pixels.
I8K_INLINE void store_quad(char *place, size_t strideBytes, const int32x4_t acc[4], const quad_numbers *n,
                           const bool isStrip, const i8k_extras extras, const size_t count) {
  const int16x8_t low = two_pixels(acc[0], acc[1], n, extras);
  const int16x8_t high = two_pixels(acc[2], acc[3], n, extras);
  char *second = place + strideBytes, *third = second + strideBytes, *fourth = third + strideBytes;
  if (isStrip) {
    vst1_s16((int16_t *)(void *)place, vget_low_s16(low));
    if (count > 1) vst1q_lane_s64((int64_t *)(void *)second, vreinterpretq_s64_s16(low), 1);
    if (count > 2) vst1_s16((int16_t *)(void *)third, vget_low_s16(high));
    if (count > 3) vst1q_lane_s64((int64_t *)(void *)fourth, vreinterpretq_s64_s16(high), 1);
    return;
  }
  int8x16_t y;
  if (extras.isFromLowest)
    y = i8k_from_lowest(low, high);
  else
    y = i8k_pack16(vqaddq_s16(low, n->zeroPoints), vqaddq_s16(high, n->zeroPoints));
  if (extras.clamps) y = vminq_s8(vmaxq_s8(y, n->lower), n->upper);
  const int32x4_t lanes = vreinterpretq_s32_s8(y);
  vst1q_lane_s32((int32_t *)(void *)place, lanes, 0);
  if (count > 1) vst1q_lane_s32((int32_t *)(void *)second, lanes, 1);
  if (count > 2) vst1q_lane_s32((int32_t *)(void *)third, lanes, 2);
  if (count > 3) vst1q_lane_s32((int32_t *)(void *)fourth, lanes, 3);
}

/// `count` ≤ CHUNK pixels, `stride` columns apart.
I8K_INLINE void run5_chunk(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                           const i8k_extras extras, const quad5 quads[4], size_t rowBytes, size_t pixel, size_t count,
                           const int stride) {
  window5 v;
  const int8_t *place = (const int8_t *)t->rows[pixel] + t->tapByteOffsets[0];
  load_window5(&v, place, rowBytes, (count - 1) * stride + 5);
  for (int q = 0; q < 4; ++q) {
    const quad_numbers numbers = quad_numbers_of(n, q);
    const quad5 k = quads[q];
    const int8x16_t *upper = v.upper[q], *lowest = v.lowest[q];
    const size_t strideBytes = t->outputStrideBytes;
    char *y = (char *)t->output + pixel * strideBytes + (isStrip ? 8 : 4) * q;
    int32x4_t acc[4];
    size_t rest = count;
    for (; rest >= 4; rest -= 4, y += 4 * strideBytes, upper += 4 * stride, lowest += stride) {
      sum_quad5(&k, upper, lowest, stride, acc);
      store_quad(y, strideBytes, acc, &numbers, isStrip, extras, 4);
    }
    if (rest == 0) continue;
    sum_quad5(&k, upper, lowest, stride, acc);
    store_quad(y, strideBytes, acc, &numbers, isStrip, extras, rest);
  }
}

I8K_INLINE void run5(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                     const i8k_extras extras, size_t rowBytes) {
  quad5 quads[4];
  for (int q = 0; q < 4; ++q) load_quad5(&quads[q], t->panel, q);
  size_t count = 0;
  for (size_t pixel = 0; pixel < t->mr; pixel += count) {
    const size_t stride = i8k_pixel_stride(t, pixel);
    count = i8k_run_length(t, pixel, stride * NR, count);
    if (count > CHUNK) count = CHUNK;
    if (stride == 1)
      run5_chunk(t, n, isStrip, extras, quads, rowBytes, pixel, count, 1);
    else
      run5_chunk(t, n, isStrip, extras, quads, rowBytes, pixel, count, 2);
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
