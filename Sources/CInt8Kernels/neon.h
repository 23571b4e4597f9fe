// What the ARM files share: the epilogues on 8 channels and partial stores. After base.h and arm_neon.h.
//
// FCVTNS, SQXTN and SQADD saturate: a value out of range reaches the clamp on Int8 at the end it left by.
#ifndef I8K_NEON_H
#define I8K_NEON_H

#define I8K_INLINE static inline __attribute__((always_inline))

// Kernels copy their arguments first: stores of bytes might alias them, so they would be loaded again and again.

/// Before a loop over registers: arrays of vectors stay in registers only if every index is a constant.
#define I8K_UNROLL _Pragma("clang loop unroll(full)")

/// Exactly `count` ≤ 8 bytes.
I8K_INLINE void i8k_store8(int8_t *place, int8x8_t value, size_t count) {
  if (count >= 8) {
    vst1_s8(place, value);
    return;
  }
  if (count & 4) {
    vst1_lane_s32((int32_t *)(void *)place, vreinterpret_s32_s8(value), 0);
    value = vext_s8(value, value, 4);
    place += 4;
  }
  if (count & 2) {
    vst1_lane_s8(place, value, 0);
    vst1_lane_s8(place + 1, value, 1);
    value = vext_s8(value, value, 2);
    place += 2;
  }
  if (count & 1) vst1_lane_s8(place, value, 0);
}

/// Exactly `count` ≤ 8 words.
I8K_INLINE void i8k_store16(int16_t *place, int16x8_t value, size_t count) {
  if (count >= 8) {
    vst1q_s16(place, value);
    return;
  }
  if (count & 4) {
    vst1_s16(place, vget_low_s16(value));
    value = vextq_s16(value, value, 4);
    place += 4;
  }
  if (count & 2) {
    vst1q_lane_s16(place, value, 0);
    vst1q_lane_s16(place + 1, value, 1);
    value = vextq_s16(value, value, 2);
    place += 2;
  }
  if (count & 1) vst1q_lane_s16(place, value, 0);
}

/// Two quads of Int32 as eight Int16, saturated.
I8K_INLINE int16x8_t i8k_pack32(int32x4_t first, int32x4_t second) {
  return vqmovn_high_s32(vqmovn_s32(first), second);
}

/// Two eights of Int16 as sixteen Int8, saturated.
I8K_INLINE int8x16_t i8k_pack16(int16x8_t first, int16x8_t second) {
  return vqmovn_high_s16(vqmovn_s16(first), second);
}

/// The numbers of 8 channels, loaded once a call: stores of bytes might alias the originals.
typedef struct {
  float32x4_t multipliers[2], negativeMultipliers[2], residualMultipliers[2];
  int16x8_t zeroPoints;
  int8x8_t lower, upper, residualZeroPoints;
} i8k_numbers;

/// `limit − zero point` as it is given, back to the limit.
I8K_INLINE int8x8_t i8k_limit(const float *bounds, int16x8_t zeroPoints) {
  const int32x4_t first = vcvtq_s32_f32(vld1q_f32(bounds)), second = vcvtq_s32_f32(vld1q_f32(bounds + 4));
  return vqmovn_s16(vaddq_s16(i8k_pack32(first, second), zeroPoints));
}

/// The numbers of channels o…o + 7.
I8K_INLINE i8k_numbers i8k_numbers_at(const i8k_requantization *q, size_t o) {
  i8k_numbers n;
  const float *negative = q->negativeMultipliers ? q->negativeMultipliers : q->multipliers;
  const float *residual = q->residualMultipliers ? q->residualMultipliers : q->multipliers;
  for (size_t half = 0; half < 2; ++half) {
    n.multipliers[half] = vld1q_f32(q->multipliers + o + 4 * half);
    n.negativeMultipliers[half] = vld1q_f32(negative + o + 4 * half);
    n.residualMultipliers[half] = vld1q_f32(residual + o + 4 * half);
  }
  n.zeroPoints = vld1q_s16(q->zeroPoints + o);
  n.lower = i8k_limit(q->lower + o, n.zeroPoints);
  n.upper = i8k_limit(q->upper + o, n.zeroPoints);
  n.residualZeroPoints = vmovn_s16(vld1q_s16((q->residualZeroPoints ? q->residualZeroPoints : q->zeroPoints) + o));
  return n;
}

/// Whether limits within Int8 must be seen to in the first `count` ≤ 8 channels.
I8K_INLINE bool i8k_clamps(const i8k_numbers *n, size_t count) {
  const uint8x8_t inside = vorr_u8(vcgt_s8(n->lower, vdup_n_s8(-128)), vclt_s8(n->upper, vdup_n_s8(127)));
  const uint64_t mask = vget_lane_u64(vreinterpret_u64_u8(inside), 0);
  return (count >= 8 ? mask : mask << (8 * (8 - count))) != 0;
}

/// What an epilogue has to do beyond multiplying and rounding.
typedef struct {
  bool clamps, hasNegative, hasResidual;
} i8k_extras;

static const i8k_extras i8k_no_extras = {false, false, false};

I8K_INLINE i8k_extras i8k_extras_of(const i8k_convolution_arguments *t, bool clamps) {
  return (i8k_extras){clamps, t->epilogue.negativeMultipliers != NULL, t->residual != NULL};
}

I8K_INLINE bool i8k_has_extras(i8k_extras e) { return e.clamps || e.hasNegative || e.hasResidual; }

/// rne(f32(acc)·m (+ residual)) + zeroPoint of 8 channels, saturated to Int16. `residual` is read if there is one.
I8K_INLINE int16x8_t i8k_requantized(const int32x4_t acc[2], const i8k_numbers *n, const i8k_extras extras,
                                     const int8_t *residual) {
  int16x8_t r;
  if (extras.hasResidual) r = vsubl_s8(vld1_s8(residual), n->residualZeroPoints);
  int32x4_t rounded[2];
  for (int half = 0; half < 2; ++half) {
    float32x4_t m = n->multipliers[half];
    if (extras.hasNegative) m = vbslq_f32(vcltzq_s32(acc[half]), n->negativeMultipliers[half], m);
    float32x4_t v = vmulq_f32(vcvtq_f32_s32(acc[half]), m);
    if (extras.hasResidual) {
      const int32x4_t words = half ? vmovl_high_s16(r) : vmovl_s16(vget_low_s16(r));
      v = vaddq_f32(v, vmulq_f32(vcvtq_f32_s32(words), n->residualMultipliers[half]));
    }
    rounded[half] = vcvtnq_s32_f32(v);
  }
  return vqaddq_s16(i8k_pack32(rounded[0], rounded[1]), n->zeroPoints);
}

/// Two results of `i8k_requantized` as Int8, with the limits of `first` for the one and of `second` for the other.
I8K_INLINE int8x16_t i8k_clamped(int16x8_t low, int16x8_t high, const i8k_numbers *first, const i8k_numbers *second,
                                 const i8k_extras extras) {
  const int8x16_t y = i8k_pack16(low, high);
  if (!extras.clamps) return y;
  return vminq_s8(vmaxq_s8(y, vcombine_s8(first->lower, second->lower)), vcombine_s8(first->upper, second->upper));
}

/// The q16 epilogue of 8 channels.
I8K_INLINE int16x8_t i8k_requantized16(const int32x4_t acc[2], const i8k_numbers *n) {
  return i8k_pack32(vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(acc[0]), n->multipliers[0])),
                    vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(acc[1]), n->multipliers[1])));
}

I8K_INLINE const int8_t *i8k_residual(const i8k_convolution_arguments *t, size_t pixel) {
  return t->residual ? t->residual + pixel * t->residualStrideBytes : NULL;
}

/// At most 8 channels of the pixels i and i + 1, in one register.
I8K_INLINE void i8k_store_pair(const i8k_convolution_arguments *t, size_t i, const int32x4_t acc[2][2],
                               const i8k_numbers *n, const i8k_extras extras) {
  int8_t *y = (int8_t *)t->output + i * t->outputStrideBytes;
  const int16x8_t first = i8k_requantized(acc[0], n, extras, i8k_residual(t, i));
  const int16x8_t second = i8k_requantized(acc[1], n, extras, i8k_residual(t, i + 1));
  const int8x16_t bytes = i8k_clamped(first, second, n, n, extras);
  i8k_store8(y, vget_low_s8(bytes), t->nr);
  i8k_store8(y + t->outputStrideBytes, vget_high_s8(bytes), t->nr);
}

/// At most 8 channels of pixel i.
I8K_INLINE void i8k_store_pixel(const i8k_convolution_arguments *t, size_t i, const int32x4_t acc[2],
                                const i8k_numbers *n, const i8k_extras extras) {
  const int16x8_t words = i8k_requantized(acc, n, extras, i8k_residual(t, i));
  const int8x16_t bytes = i8k_clamped(words, words, n, n, extras);
  i8k_store8((int8_t *)t->output + i * t->outputStrideBytes, vget_low_s8(bytes), t->nr);
}

/// At most 8 channels of pixel i of a strip.
I8K_INLINE void i8k_store_strip(const i8k_convolution_arguments *t, size_t i, const int32x4_t acc[2],
                                const i8k_numbers *n) {
  char *place = (char *)t->output + i * t->outputStrideBytes;
  i8k_store16((int16_t *)(void *)place, i8k_requantized16(acc, n), t->nr);
}

// Panels of 16 channels.

typedef struct {
  i8k_numbers half[2];
  i8k_extras extras;
} i8k_numbers16;

I8K_INLINE i8k_numbers16 i8k_numbers16_of(const i8k_convolution_arguments *t) {
  i8k_numbers16 n = {{i8k_numbers_at(&t->epilogue, 0), i8k_numbers_at(&t->epilogue, 8)}, {false, false, false}};
  n.extras = i8k_extras_of(t, i8k_clamps(&n.half[0], t->nr) || (t->nr > 8 && i8k_clamps(&n.half[1], t->nr - 8)));
  return n;
}

/// All 16 channels of pixel i.
I8K_INLINE void i8k_store_whole16(const i8k_convolution_arguments *t, size_t i, const int32x4_t acc[4],
                                  const i8k_numbers16 *n, const i8k_extras extras) {
  const int8_t *r = i8k_residual(t, i);
  const int16x8_t low = i8k_requantized(acc, &n->half[0], extras, r);
  const int16x8_t high = i8k_requantized(acc + 2, &n->half[1], extras, extras.hasResidual ? r + 8 : r);
  const int8x16_t y = i8k_clamped(low, high, &n->half[0], &n->half[1], extras);
  vst1q_s8((int8_t *)t->output + i * t->outputStrideBytes, y);
}

/// The t->nr ≤ 16 channels of pixel i.
I8K_INLINE void i8k_store_pixel16(const i8k_convolution_arguments *t, size_t i, const int32x4_t acc[4],
                                  const i8k_numbers16 *n, const i8k_extras extras) {
  int8_t *y = (int8_t *)t->output + i * t->outputStrideBytes;
  const int8_t *r = i8k_residual(t, i);
  const int16x8_t low = i8k_requantized(acc, &n->half[0], extras, r);
  i8k_store8(y, vget_low_s8(i8k_clamped(low, low, &n->half[0], &n->half[0], extras)), t->nr);
  if (t->nr <= 8) return;
  const int16x8_t high = i8k_requantized(acc + 2, &n->half[1], extras, extras.hasResidual ? r + 8 : r);
  i8k_store8(y + 8, vget_low_s8(i8k_clamped(high, high, &n->half[1], &n->half[1], extras)), t->nr - 8);
}

I8K_INLINE int16_t *i8k_strip_row(const i8k_convolution_arguments *t, size_t i) {
  return (int16_t *)(void *)((char *)t->output + i * t->outputStrideBytes);
}

/// All 16 channels of pixel i of a strip.
I8K_INLINE void i8k_store_whole_strip16(const i8k_convolution_arguments *t, size_t i, const int32x4_t acc[4],
                                        const i8k_numbers16 *n) {
  int16_t *y = i8k_strip_row(t, i);
  vst1q_s16(y, i8k_requantized16(acc, &n->half[0]));
  vst1q_s16(y + 8, i8k_requantized16(acc + 2, &n->half[1]));
}

/// The t->nr ≤ 16 channels of pixel i of a strip.
I8K_INLINE void i8k_store_strip16(const i8k_convolution_arguments *t, size_t i, const int32x4_t acc[4],
                                  const i8k_numbers16 *n) {
  int16_t *y = i8k_strip_row(t, i);
  i8k_store16(y, i8k_requantized16(acc, &n->half[0]), t->nr);
  if (t->nr > 8) i8k_store16(y + 8, i8k_requantized16(acc + 2, &n->half[1]), t->nr - 8);
}

#endif
