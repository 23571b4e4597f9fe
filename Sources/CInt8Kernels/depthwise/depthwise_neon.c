#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"
#include "depthwise_neon.h"

// 16 channels, two pixels side by side at a time: they share the columns and the weights that are loaded. The products
// of two taps are added in Int16; where a row has an odd tap left, it is paired with that of the next row.

enum { MR = 2 };

typedef struct {
  size_t size, stride, rowBytes;
} shape;

I8K_INLINE void add_row(int32x4_t acc[MR][4], const shape s, const int pixels, const int8x16_t columns[],
                        const int8_t *w) {
  I8K_UNROLL
  for (int x = 0; x + 1 < (int)s.size; x += 2) {
    const int8x16_t first = vld1q_s8(w + NR * x), second = vld1q_s8(w + NR * (x + 1));
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i) {
      const int8x16_t *a = columns + i * s.stride + x;
      i8k_add_taps(acc[i], a[0], first, true, a[1], second);
    }
  }
}

/// The sums of `pixels` windows from `place` on.
I8K_INLINE void sum_windows(const int32_t *bias, const int8_t *place, const shape s, const int pixels,
                            int32x4_t acc[MR][4]) {
  const int last = (int)s.size - 1, count = (pixels - 1) * (int)s.stride + (int)s.size;
  const int8_t *w = (const int8_t *)(bias + NR);
  int8x16_t columns[7], left[MR];
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) {
    I8K_UNROLL
    for (int q = 0; q < 4; ++q) acc[i][q] = vld1q_s32(bias + 4 * q);
  }
  I8K_UNROLL
  for (int y = 0; y <= last; ++y, place += s.rowBytes, w += NR * s.size) {
    I8K_UNROLL
    for (int x = 0; x < count; ++x) columns[x] = vld1q_s8(place + NR * x);
    add_row(acc, s, pixels, columns, w);
    const int8x16_t weights = vld1q_s8(w + NR * last);
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i) {
      const int8x16_t a = columns[i * s.stride + last];
      if (y % 2 == 1)
        i8k_add_taps(acc[i], left[i], vld1q_s8(w - NR), true, a, weights);
      else if (y == last)
        i8k_add_taps(acc[i], a, weights, false, a, weights);
      else
        left[i] = a;
    }
  }
}

/// `count` pixels side by side.
I8K_INLINE void run_adjacent(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                             const i8k_extras extras, const shape s, size_t pixel, size_t count) {
  const int8_t *place = (const int8_t *)t->rows[pixel] + t->tapByteOffsets[0];
  int32x4_t acc[MR][4];
  for (; count >= MR; count -= MR, pixel += MR, place += MR * NR * s.stride) {
    sum_windows(t->panel, place, s, MR, acc);
    i8k_store_dw(t, pixel, acc[0], n, isStrip, extras);
    i8k_store_dw(t, pixel + 1, acc[1], n, isStrip, extras);
  }
  if (count == 0) return;
  sum_windows(t->panel, place, s, 1, acc);
  i8k_store_dw(t, pixel, acc[0], n, isStrip, extras);
}

I8K_INLINE void run_windows(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                            const i8k_extras extras, const size_t size, size_t rowBytes) {
  size_t count = 0;
  for (size_t pixel = 0; pixel < t->mr; pixel += count) {
    const size_t stride = i8k_pixel_stride(t, pixel);
    count = i8k_run_length(t, pixel, stride * NR, count);
    if (stride == 1)
      run_adjacent(t, n, isStrip, extras, (shape){size, 1, rowBytes}, pixel, count);
    else
      run_adjacent(t, n, isStrip, extras, (shape){size, 2, rowBytes}, pixel, count);
  }
}

/// Whole panels of taps that are known.
I8K_INLINE void run_size(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip,
                         const i8k_extras extras, size_t rowBytes3, size_t rowBytes5) {
  if (rowBytes3 != 0)
    run_windows(t, n, isStrip, extras, 3, rowBytes3);
  else
    run_windows(t, n, isStrip, extras, 5, rowBytes5);
}

#include "depthwise_neon_run.h"

void i8k_dw_q8_2x16c1__neon(const i8k_convolution_arguments *t) { run(t, false); }

void i8k_dw_q16_2x16c1__neon(const i8k_convolution_arguments *t) { run(t, true); }

#endif
