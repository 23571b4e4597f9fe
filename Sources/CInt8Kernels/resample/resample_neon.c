#include "resample.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

I8K_INLINE int32x4_t weighted(int32x4_t sum, int16x8_t pixels, int16x8_t weights) {
  return vmlal_high_s16(vmlal_s16(sum, vget_low_s16(pixels), vget_low_s16(weights)), pixels, weights);
}

/// Output x of `count` ≤ 2 rows.
I8K_INLINE void pixel_of_rows(const i8k_resample_rows_arguments *t, const uint8_t *rows, size_t count, size_t x,
                              uint8_t *output) {
  const uint8_t *source = rows + t->starts[x] * 3;
  const int16_t *low = t->low + x * t->taps, *high = t->high + x * t->taps;
  int32x4_t sums[2][3][2];
  for (size_t r = 0; r < count; ++r)
    for (int colour = 0; colour < 3; ++colour) sums[r][colour][0] = sums[r][colour][1] = vdupq_n_s32(0);
  for (size_t tap = 0; tap < t->taps; tap += 8, source += 24) {
    const int16x8_t wLow = vld1q_s16(low + tap), wHigh = vld1q_s16(high + tap);
    for (size_t r = 0; r < count; ++r) {
      const uint8x8x3_t bytes = vld3_u8(source + r * t->inputStrideBytes);
      for (int colour = 0; colour < 3; ++colour) {
        const int16x8_t pixels = vreinterpretq_s16_u16(vmovl_u8(bytes.val[colour]));
        sums[r][colour][0] = weighted(sums[r][colour][0], pixels, wLow);
        sums[r][colour][1] = weighted(sums[r][colour][1], pixels, wHigh);
      }
    }
  }
  for (size_t r = 0; r < count; ++r)
    for (int colour = 0; colour < 3; ++colour) {
      const int32_t sum = vaddvq_s32(vaddq_s32(
          sums[r][colour][0], vshlq_n_s32(sums[r][colour][1], i8k_resample_split)));
      output[r * t->outputStrideBytes + (size_t)colour] = i8k_resample_byte(sum + i8k_resample_half);
    }
}

I8K_INLINE void some_rows(const i8k_resample_rows_arguments *t, size_t first, size_t count) {
  const uint8_t *rows = t->input + first * t->inputStrideBytes;
  uint8_t *output = t->output + first * t->outputStrideBytes;
  for (size_t x = 0; x < t->outputs; ++x) pixel_of_rows(t, rows, count, x, output + x * 3);
}

void i8k_resample_rows_u8__neon(const i8k_resample_rows_arguments *arguments) {
  const i8k_resample_rows_arguments t = *arguments;
  if (t.taps % 8 != 0) {
    i8k_resample_rows_u8__scalar(arguments);
    return;
  }
  size_t row = 0;
  for (; row + 2 <= t.rows; row += 2) some_rows(&t, row, 2);
  for (; row < t.rows; ++row) some_rows(&t, row, 1);
}

I8K_INLINE int16x8_t words_of(const int32x4_t sums[2]) {
  return i8k_pack32(vshrq_n_s32(sums[0], i8k_resample_bits), vshrq_n_s32(sums[1], i8k_resample_bits));
}

/// 32 bytes of a row along y.
I8K_INLINE void block(const i8k_resample_columns_arguments *t, size_t first) {
  int32x4_t sums[8];
  for (int i = 0; i < 8; ++i) sums[i] = vdupq_n_s32(i8k_resample_half);
  const uint8_t *source = t->input + first;
  for (size_t tap = 0; tap < t->taps; ++tap, source += t->inputStrideBytes) {
    const int32_t weight = t->weights[tap];
    I8K_UNROLL
    for (int i = 0; i < 4; ++i) {
      const uint16x8_t words = vmovl_u8(vld1_u8(source + 8 * i));
      const int32x4_t lower = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(words)));
      sums[2 * i] = vmlaq_n_s32(sums[2 * i], lower, weight);
      sums[2 * i + 1] = vmlaq_n_s32(sums[2 * i + 1], vreinterpretq_s32_u32(vmovl_high_u16(words)), weight);
    }
  }
  I8K_UNROLL
  for (int i = 0; i < 4; ++i) vst1_u8(t->output + first + 8 * i, vqmovun_s16(words_of(sums + 2 * i)));
}

void i8k_resample_columns_u8__neon(const i8k_resample_columns_arguments *arguments) {
  const i8k_resample_columns_arguments t = *arguments;
  size_t first = 0;
  for (; first + 32 <= t.count; first += 32) block(&t, first);
  i8k_resample_rest(&t, first);
}

#endif
