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

/// `count` pixels side by side.
I8K_INLINE void run3_adjacent(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                              const i8k_extras extras, const kernel3 *k, size_t rowBytes, size_t pixel,
                              size_t count) {
  const int8_t *place = (const int8_t *)t->rows[pixel] + t->tapByteOffsets[0];
  const size_t end = pixel + count;
  int8x16_t column[4];
  int32x4_t acc[3][4];
  load_column(k, place, rowBytes, column);
  begin(acc[0], k, column);
  load_column(k, place + NR, rowBytes, column);
  add_column(acc[0], k, column, 1);
  begin(acc[1], k, column);
  for (place += 2 * NR; pixel < end;) {
    I8K_UNROLL
    for (int phase = 0; phase < 3; ++phase) {
      if (pixel < end) {
        load_column(k, place, rowBytes, column);
        place += NR;
        add_column(acc[phase], k, column, 2);
        add_column(acc[(phase + 1) % 3], k, column, 1);
        begin(acc[(phase + 2) % 3], k, column);
        i8k_store_dw(t, pixel++, acc[phase], n, isStrip, extras);
      }
    }
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
  size_t count;
  for (size_t pixel = 0; pixel < t->mr; pixel += count) {
    const size_t stride = i8k_pixel_stride(t, pixel);
    count = i8k_run_length(t, pixel, stride * NR);
    if (stride == 1)
      run3_adjacent(t, n, isStrip, extras, &k, rowBytes, pixel, count);
    else
      run3_strided(t, n, isStrip, extras, &k, rowBytes, pixel, count);
  }
}

I8K_INLINE void run(const i8k_convolution_arguments *t, const bool isStrip) {
  const i8k_numbers16 n = i8k_numbers16_of(t);
  const size_t rowBytes3 = i8k_kernel_row_bytes(t, 3);
  if (t->nr < NR || rowBytes3 == 0)
    i8k_run_any_taps(t, &n, isStrip);
  else if (isStrip || !i8k_has_extras(n.extras))
    run3(t, &n, isStrip, i8k_no_extras, rowBytes3);
  else
    run3(t, &n, isStrip, n.extras, rowBytes3);
}

void i8k_dw_q8_1x16c1__neondot(const i8k_convolution_arguments *t) { run(t, false); }

void i8k_dw_q16_1x16c1__neondot(const i8k_convolution_arguments *t) { run(t, true); }

#pragma clang attribute pop
#endif
