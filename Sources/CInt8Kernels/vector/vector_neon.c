#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>

enum { NR = 16 };

void i8k_dense_f32_1x16__neon(const i8k_dense_arguments *t) {
  float32x4_t acc[NR / 4];
  for (int j = 0; j < NR / 4; ++j) acc[j] = vdupq_n_f32(0);
  const int8_t *w = t->panel;
  for (size_t i = 0; i < t->inputs; ++i, w += NR) {
    const float32x4_t x = vdupq_n_f32(t->input[i]);
    const int8x16_t bytes = vld1q_s8(w);
    const int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_high_s8(bytes);
    acc[0] = vfmaq_f32(acc[0], x, vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))));
    acc[1] = vfmaq_f32(acc[1], x, vcvtq_f32_s32(vmovl_high_s16(low)));
    acc[2] = vfmaq_f32(acc[2], x, vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))));
    acc[3] = vfmaq_f32(acc[3], x, vcvtq_f32_s32(vmovl_high_s16(high)));
  }
  float y[NR];
  for (int j = 0; j < NR / 4; ++j)
    vst1q_f32(y + 4 * j, vfmaq_f32(vld1q_f32(t->biases + 4 * j), acc[j], vld1q_f32(t->scales + 4 * j)));
  for (size_t o = 0; o < t->outputs; ++o) t->output[o] = y[o];
}

#endif
