// What the depthwise kernels of the ARM sets share: how pixels follow one another, and the general form. After neon.h.
#ifndef I8K_DEPTHWISE_NEON_H
#define I8K_DEPTHWISE_NEON_H

enum { NR = 16 };

/// How far a kernel row stands from the next, if the taps are `size` × `size` with pixels of NR bytes side by side;
/// else 0.
static inline size_t i8k_kernel_row_bytes(const i8k_convolution_arguments *t, size_t size) {
  if (t->taps != size * size) return 0;
  const size_t *offset = t->tapByteOffsets;
  const size_t rowBytes = offset[size] - offset[0];
  for (size_t tap = 0; tap < t->taps; ++tap)
    if (offset[tap] != offset[0] + tap / size * rowBytes + tap % size * NR) return 0;
  return rowBytes;
}

/// How many pixels from `first` on stand `step` bytes apart: at least 1. Where a run of `usual` ends as it should, the
/// pixels between are not looked at: the contract says that they stand evenly.
I8K_INLINE size_t i8k_run_length(const i8k_convolution_arguments *t, size_t first, size_t step, size_t usual) {
  const char *const *rows = (const char *const *)t->rows + first;
  const size_t left = t->mr - first;
  if (usual > 1 && usual <= left && rows[usual - 1] == rows[0] + (usual - 1) * step &&
      (usual == left || rows[usual] != rows[0] + usual * step))
    return usual;
  size_t count = 1;
  const char *expected = rows[0] + step;
  for (; count < left && rows[count] == expected; ++count) expected += step;
  return count;
}

/// 1 or 2 where the pixel after `first` is that many to the right; 1 where it stands elsewhere.
I8K_INLINE size_t i8k_pixel_stride(const i8k_convolution_arguments *t, size_t first) {
  const char *const *rows = (const char *const *)t->rows;
  return first + 1 < t->mr && rows[first + 1] == rows[first] + 2 * NR ? 2 : 1;
}

/// acc + a·w of 16 channels, and with `pair` + b·v: the products of two taps fit Int16 together, for weights never are
/// −128.
I8K_INLINE void i8k_add_taps(int32x4_t acc[4], int8x16_t a, int8x16_t w, const bool pair, int8x16_t b, int8x16_t v) {
  int16x8_t low = vmull_s8(vget_low_s8(a), vget_low_s8(w)), high = vmull_high_s8(a, w);
  if (pair) {
    low = vmlal_s8(low, vget_low_s8(b), vget_low_s8(v));
    high = vmlal_high_s8(high, b, v);
  }
  acc[0] = vaddw_s16(acc[0], vget_low_s16(low));
  acc[1] = vaddw_high_s16(acc[1], low);
  acc[2] = vaddw_s16(acc[2], vget_low_s16(high));
  acc[3] = vaddw_high_s16(acc[3], high);
}

/// Any taps anywhere.
I8K_INLINE void i8k_sum_taps(const i8k_convolution_arguments *t, size_t pixel, int32x4_t acc[4]) {
  const int32_t *bias = t->panel;
  const int8_t *w = (const int8_t *)(bias + NR), *window = t->rows[pixel];
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) acc[q] = vld1q_s32(bias + 4 * q);
  size_t tap = 0;
  for (; tap + 2 <= t->taps; tap += 2)
    i8k_add_taps(acc, vld1q_s8(window + t->tapByteOffsets[tap]), vld1q_s8(w + NR * tap), true,
                 vld1q_s8(window + t->tapByteOffsets[tap + 1]), vld1q_s8(w + NR * (tap + 1)));
  if (tap < t->taps) {
    const int8x16_t a = vld1q_s8(window + t->tapByteOffsets[tap]), last = vld1q_s8(w + NR * tap);
    i8k_add_taps(acc, a, last, false, a, last);
  }
}

/// Pixel `pixel` of a whole panel.
I8K_INLINE void i8k_store_dw(const i8k_convolution_arguments *t, size_t pixel, const int32x4_t acc[4],
                             const i8k_numbers16 *n, const bool isStrip, const i8k_extras extras) {
  // The numbers are loaded anew: the registers are for weights.
  __asm__("" : "+r"(n));
  if (isStrip)
    i8k_store_whole_strip16(i8k_place_at(t, pixel), acc, n, extras.fits);
  else
    i8k_store_whole16(i8k_place_at(t, pixel), acc, n, extras);
}

static inline void i8k_run_any_taps(const i8k_convolution_arguments *t, const i8k_numbers16 *n, bool isStrip) {
  for (size_t pixel = 0; pixel < t->mr; ++pixel) {
    int32x4_t acc[4];
    i8k_sum_taps(t, pixel, acc);
    if (isStrip)
      i8k_store_strip16(i8k_place_at(t, pixel), t->nr, acc, n, n->extras.fits);
    else
      i8k_store_pixel16(i8k_place_at(t, pixel), t->nr, acc, n, n->extras);
  }
}

#endif
