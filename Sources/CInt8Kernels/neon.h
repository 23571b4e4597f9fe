// What the NEON files share: partial stores and the epilogues on 8 accumulators. After base.h and arm_neon.h.
#ifndef I8K_NEON_H
#define I8K_NEON_H

static inline void i8k_store8(int8_t *place, int8x8_t value, size_t count) {
  if (count >= 8) {
    vst1_s8(place, value);
  } else {
    int8_t bytes[8];
    vst1_s8(bytes, value);
    for (size_t i = 0; i < count; ++i) place[i] = bytes[i];
  }
}

static inline void i8k_store16(int16_t *place, int16x8_t value, size_t count) {
  if (count >= 8) {
    vst1q_s16(place, value);
  } else {
    int16_t words[8];
    vst1q_s16(words, value);
    for (size_t i = 0; i < count; ++i) place[i] = words[i];
  }
}

/// Two quads of Int32 that fit Int16, in order.
static inline int16x8_t i8k_pack32(int32x4_t first, int32x4_t second) {
  return vcombine_s16(vmovn_s32(first), vmovn_s32(second));
}

static inline float32x4_t i8k_clamp_neon(float32x4_t x, float32x4_t lower, float32x4_t upper) {
  return vminq_f32(vmaxq_f32(x, lower), upper);
}

/// rne(clamp(f32(acc)·m (+ residual)), lower, upper)) of channels o…o + 3; `r` holds their residual words.
static inline int32x4_t i8k_requantize4_neon(int32x4_t acc, const i8k_requantization *q, size_t o, int16x4_t r) {
  float32x4_t m = vld1q_f32(q->multipliers + o);
  if (q->negativeMultipliers) m = vbslq_f32(vcltzq_s32(acc), vld1q_f32(q->negativeMultipliers + o), m);
  float32x4_t v = vmulq_f32(vcvtq_f32_s32(acc), m);
  if (q->residualMultipliers)
    v = vaddq_f32(v, vmulq_f32(vcvtq_f32_s32(vmovl_s16(r)), vld1q_f32(q->residualMultipliers + o)));
  return vcvtnq_s32_f32(i8k_clamp_neon(v, vld1q_f32(q->lower + o), vld1q_f32(q->upper + o)));
}

static inline int8x8_t i8k_requantize_neon(int32x4_t low, int32x4_t high, const i8k_requantization *q,
                                           const int8_t *residual) {
  int16x8_t r = vdupq_n_s16(0);
  if (residual) r = vsubq_s16(vmovl_s8(vld1_s8(residual)), vld1q_s16(q->residualZeroPoints));
  const int16x8_t words = i8k_pack32(i8k_requantize4_neon(low, q, 0, vget_low_s16(r)),
                                     i8k_requantize4_neon(high, q, 4, vget_high_s16(r)));
  return vmovn_s16(vaddq_s16(words, vld1q_s16(q->zeroPoints)));
}

static inline int16x8_t i8k_requantize16_neon(int32x4_t low, int32x4_t high, const i8k_requantization *q) {
  const float32x4_t lower = vdupq_n_f32(-32768.0f), upper = vdupq_n_f32(32767.0f);
  const float32x4_t first = vmulq_f32(vcvtq_f32_s32(low), vld1q_f32(q->multipliers));
  const float32x4_t second = vmulq_f32(vcvtq_f32_s32(high), vld1q_f32(q->multipliers + 4));
  return i8k_pack32(vcvtnq_s32_f32(i8k_clamp_neon(first, lower, upper)),
                    vcvtnq_s32_f32(i8k_clamp_neon(second, lower, upper)));
}

#endif
