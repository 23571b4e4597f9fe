#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

void i8k_max_pool_s8__neon(const i8k_pool_arguments *t) {
  for (size_t c = 0; c < t->channels; c += 8) {
    int8x8_t largest = vdup_n_s8(-128);
    for (size_t tap = 0; tap < t->taps; ++tap) largest = vmax_s8(largest, vld1_s8(t->rows[tap] + c));
    i8k_store8(t->output + c, largest, t->channels - c);
  }
}

// 256 elements fit Int16, even if all are −128.
void i8k_sum_s8__neon(const i8k_sum_arguments *t) {
  for (size_t c = 0; c < t->channels; c += 8) {
    int32x4_t low = vdupq_n_s32(0), high = low;
    for (size_t first = 0; first < t->pixels; first += 256) {
      const size_t end = t->pixels - first < 256 ? t->pixels : first + 256;
      int16x8_t words = vdupq_n_s16(0);
      for (size_t pixel = first; pixel < end; ++pixel)
        words = vaddw_s8(words, vld1_s8(t->input + pixel * t->strideBytes + c));
      low = vaddw_s16(low, vget_low_s16(words));
      high = vaddw_high_s16(high, words);
    }
    int32_t sums[8];
    vst1q_s32(sums, low);
    vst1q_s32(sums + 4, high);
    for (size_t i = 0; i < 8 && c + i < t->channels; ++i) t->sums[c + i] = sums[i];
  }
}

#endif
