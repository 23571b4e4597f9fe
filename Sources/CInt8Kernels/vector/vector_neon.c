#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "exponential.h"

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

/// eˣ as i8k_exponential computes it.
static inline float32x4_t exponential(float32x4_t x) {
  const float32x4_t one = vdupq_n_f32(1.0f);
  const float32x4_t clamped = vminq_f32(vmaxq_f32(x, vdupq_n_f32(kExpLower)), vdupq_n_f32(kExpUpper));
  const int32x4_t n = vcvtnq_s32_f32(vmulq_f32(clamped, vdupq_n_f32(kLog2E)));
  const float32x4_t whole = vcvtq_f32_s32(n);
  float32x4_t r = vfmaq_f32(clamped, whole, vdupq_n_f32(kMinusLn2High));
  r = vfmaq_f32(r, whole, vdupq_n_f32(kMinusLn2Low));
  float32x4_t p = vdupq_n_f32(kExp6);
  p = vfmaq_f32(vdupq_n_f32(kExp5), p, r);
  p = vfmaq_f32(vdupq_n_f32(kExp4), p, r);
  p = vfmaq_f32(vdupq_n_f32(kExp3), p, r);
  p = vfmaq_f32(vdupq_n_f32(0.5f), p, r);
  p = vfmaq_f32(one, p, r);
  p = vfmaq_f32(one, p, r);
  return vmulq_f32(p, vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(n, vdupq_n_s32(127)), 23)));
}

static inline float32x4_t sigmoid(float32x4_t x, bool timesInput) {
  const float32x4_t one = vdupq_n_f32(1.0f);
  const float32x4_t y = vdivq_f32(one, vaddq_f32(one, exponential(vnegq_f32(x))));
  return timesInput ? vmulq_f32(x, y) : y;
}

void i8k_sigmoid_f32__neon(const i8k_sigmoid_arguments *t) {
  size_t i = 0;
  for (; i + 4 <= t->count; i += 4) vst1q_f32(t->output + i, sigmoid(vld1q_f32(t->input + i), t->timesInput));
  if (i == t->count) return;
  float last[4] = {0};
  memcpy(last, t->input + i, (t->count - i) * sizeof *last);
  vst1q_f32(last, sigmoid(vld1q_f32(last), t->timesInput));
  memcpy(t->output + i, last, (t->count - i) * sizeof *last);
}

#endif
