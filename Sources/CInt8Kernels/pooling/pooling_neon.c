#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

void i8k_max_pool_s8__neon(const i8k_pool_arguments *t) {
  size_t c = 0;
  for (; c + 16 <= t->channels; c += 16) {
    int8x16_t largest = vdupq_n_s8(-128);
    for (size_t tap = 0; tap < t->taps; ++tap) largest = vmaxq_s8(largest, vld1q_s8(t->rows[tap] + c));
    vst1q_s8(t->output + c, largest);
  }
  for (; c < t->channels; c += 8) {
    int8x8_t largest = vdup_n_s8(-128);
    for (size_t tap = 0; tap < t->taps; ++tap) largest = vmax_s8(largest, vld1_s8(t->rows[tap] + c));
    i8k_store8(t->output + c, largest, t->channels - c);
  }
}

/// 16 channels; 256 elements fit Int16, even if all are −128.
I8K_INLINE void sum16(const i8k_sum_arguments *t, const int8_t *place, int32x4_t sums[4]) {
  I8K_UNROLL
  for (int q = 0; q < 4; ++q) sums[q] = vdupq_n_s32(0);
  for (size_t rest = t->pixels; rest > 0;) {
    size_t count = rest < 256 ? rest : 256;
    rest -= count;
    int16x8_t low = vdupq_n_s16(0), high = low;
    for (; count >= 2; count -= 2, place += 2 * t->strideBytes) {
      const int8x16_t first = vld1q_s8(place), second = vld1q_s8(place + t->strideBytes);
      low = vaddq_s16(low, vaddl_s8(vget_low_s8(first), vget_low_s8(second)));
      high = vaddq_s16(high, vaddl_high_s8(first, second));
    }
    if (count > 0) {
      const int8x16_t last = vld1q_s8(place);
      low = vaddw_s8(low, vget_low_s8(last));
      high = vaddw_high_s8(high, last);
      place += t->strideBytes;
    }
    sums[0] = vaddw_s16(sums[0], vget_low_s16(low));
    sums[1] = vaddw_high_s16(sums[1], low);
    sums[2] = vaddw_s16(sums[2], vget_low_s16(high));
    sums[3] = vaddw_high_s16(sums[3], high);
  }
}

void i8k_sum_s8__neon(const i8k_sum_arguments *t) {
  for (size_t c = 0; c < t->channels; c += 16) {
    int32x4_t sums[4];
    sum16(t, t->input + c, sums);
    if (c + 16 <= t->channels) {
      I8K_UNROLL
      for (int q = 0; q < 4; ++q) vst1q_s32(t->sums + c + 4 * q, sums[q]);
    } else {
      int32_t last[16];
      I8K_UNROLL
      for (int q = 0; q < 4; ++q) vst1q_s32(last + 4 * q, sums[q]);
      for (size_t i = 0; c + i < t->channels; ++i) t->sums[c + i] = last[i];
    }
  }
}

#endif
