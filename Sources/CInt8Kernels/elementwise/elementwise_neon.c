#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

/// rne(clamp(a·mA + b·mB)) of channels c…c + 3.
static inline int32x4_t add4(const i8k_add_arguments *t, size_t c, int16x4_t a, int16x4_t b) {
  const float32x4_t first = vmulq_f32(vcvtq_f32_s32(vmovl_s16(a)), vld1q_f32(t->multipliersA + c));
  const float32x4_t second = vmulq_f32(vcvtq_f32_s32(vmovl_s16(b)), vld1q_f32(t->multipliersB + c));
  return vcvtnq_s32_f32(
      vminq_f32(vmaxq_f32(vaddq_f32(first, second), vld1q_f32(t->lower + c)), vld1q_f32(t->upper + c)));
}

void i8k_add_s8__neon(const i8k_add_arguments *t) {
  for (size_t pixel = 0; pixel < t->pixels; ++pixel)
    for (size_t c = 0; c < t->channels; c += 8) {
      const size_t place = pixel * t->channels + c;
      const int16x8_t a = vsubq_s16(vmovl_s8(vld1_s8(t->a + place)), vld1q_s16(t->zeroPointsA + c));
      const int16x8_t b = vsubq_s16(vmovl_s8(vld1_s8(t->b + place)), vld1q_s16(t->zeroPointsB + c));
      const int32x4_t low = add4(t, c, vget_low_s16(a), vget_low_s16(b));
      const int32x4_t high = add4(t, c + 4, vget_high_s16(a), vget_high_s16(b));
      const int16x8_t y = vaddq_s16(i8k_pack32(low, high), vld1q_s16(t->zeroPoints + c));
      i8k_store8(t->output + place, vmovn_s16(y), t->channels - c);
    }
}

void i8k_gate_s8__neon(const i8k_gate_arguments *t) {
  const int16x8_t shift = vdupq_n_s16((int16_t)t->shift);
  for (size_t pixel = 0; pixel < t->pixels; ++pixel)
    for (size_t c = 0; c < t->channels; c += 8) {
      const size_t place = pixel * t->channels + c;
      const int16x8_t x = vsubq_s16(vmovl_s8(vld1_s8(t->input + place)), vld1q_s16(t->inputZeroPoints + c));
      const int16x8_t product = vqrdmulhq_s16(vshlq_s16(x, shift), vld1q_s16(t->gates + c));
      const int16x8_t y = vqaddq_s16(vld1q_s16(t->zeroPoints + c), product);
      i8k_store8(t->output + place, vqmovn_s16(y), t->channels - c);
    }
}

#endif
