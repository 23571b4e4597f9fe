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

/// The same, where the quads are known to fit Int16.
I8K_INLINE int16x8_t i8k_join32(int32x4_t first, int32x4_t second) {
  return vuzp1q_s16(vreinterpretq_s16_s32(first), vreinterpretq_s16_s32(second));
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
  for (size_t half = 0; half < 2; ++half) {
    n.multipliers[half] = vld1q_f32(q->multipliers + o + 4 * half);
    if (q->negativeMultipliers) n.negativeMultipliers[half] = vld1q_f32(q->negativeMultipliers + o + 4 * half);
    if (q->residualMultipliers) n.residualMultipliers[half] = vld1q_f32(q->residualMultipliers + o + 4 * half);
  }
  n.zeroPoints = vld1q_s16(q->zeroPoints + o);
  n.lower = vld1_s8(q->minimum + o);
  n.upper = vld1_s8(q->maximum + o);
  if (q->residualZeroPoints) n.residualZeroPoints = vmovn_s16(vld1q_s16(q->residualZeroPoints + o));
  return n;
}

/// Whether limits within Int8 must be seen to in the first `count` ≤ 8 channels.
I8K_INLINE bool i8k_clamps(const i8k_numbers *n, size_t count) {
  const uint8x8_t inside = vorr_u8(vcgt_s8(n->lower, vdup_n_s8(-128)), vclt_s8(n->upper, vdup_n_s8(127)));
  const uint64_t mask = vget_lane_u64(vreinterpret_u64_u8(inside), 0);
  return (count >= 8 ? mask : mask << (8 * (8 - count))) != 0;
}

/// What an epilogue has to do beyond multiplying and rounding, and what it may leave out: rounded values fit Int16;
/// every zero point is −128.
typedef struct {
  bool clamps, hasNegative, hasResidual, fits, isFromLowest;
} i8k_extras;

static const i8k_extras i8k_no_extras = {false, false, false, false, false};

I8K_INLINE i8k_extras i8k_extras_of(const i8k_convolution_arguments *t, bool clamps) {
  return (i8k_extras){clamps, t->epilogue.negativeMultipliers != NULL, t->residual != NULL, t->epilogue.fitsInt16,
                      false};
}

I8K_INLINE bool i8k_has_extras(i8k_extras e) { return e.clamps || e.hasNegative || e.hasResidual; }

I8K_INLINE int16x8_t i8k_narrow32(int32x4_t first, int32x4_t second, const bool fits) {
  return fits ? i8k_join32(first, second) : i8k_pack32(first, second);
}

/// rne(f32(acc)·m (+ residual)) of 8 channels, saturated to Int16. `residual` is read if there is one.
I8K_INLINE int16x8_t i8k_rounded(const int32x4_t acc[2], const i8k_numbers *n, const i8k_extras extras,
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
  return i8k_narrow32(rounded[0], rounded[1], extras.fits);
}

/// Two eights of Int16 and a zero point of −128 as sixteen Int8, saturated.
I8K_INLINE int8x16_t i8k_from_lowest(int16x8_t first, int16x8_t second) {
  const uint8x16_t fromZero = vqmovun_high_s16(vqmovun_s16(first), second);
  return vreinterpretq_s8_u8(veorq_u8(fromZero, vdupq_n_u8(0x80)));
}

/// Two results of `i8k_rounded` as Int8, with the zero points and limits of `first` for the one and of `second` for the
/// other.
I8K_INLINE int8x16_t i8k_finished(int16x8_t low, int16x8_t high, const i8k_numbers *first, const i8k_numbers *second,
                                  const i8k_extras extras) {
  int8x16_t y;
  if (extras.isFromLowest)
    y = i8k_from_lowest(low, high);
  else
    y = i8k_pack16(vqaddq_s16(low, first->zeroPoints), vqaddq_s16(high, second->zeroPoints));
  if (!extras.clamps) return y;
  return vminq_s8(vmaxq_s8(y, vcombine_s8(first->lower, second->lower)), vcombine_s8(first->upper, second->upper));
}

/// The q16 epilogue of 8 channels.
I8K_INLINE int16x8_t i8k_requantized16(const int32x4_t acc[2], const i8k_numbers *n, const bool fits) {
  return i8k_narrow32(vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(acc[0]), n->multipliers[0])),
                      vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(acc[1]), n->multipliers[1])), fits);
}

/// Where a pixel is written, and where its residual stands, if there is one.
typedef struct {
  char *output;
  size_t strideBytes;
  const int8_t *residual;
  size_t residualStrideBytes;
} i8k_place;

I8K_INLINE i8k_place i8k_advance(i8k_place p, size_t pixels) {
  p.output += pixels * p.strideBytes;
  p.residual += pixels * p.residualStrideBytes;
  return p;
}

/// Pixel 0. Without a residual its address does not move, so that no code asks for it.
I8K_INLINE i8k_place i8k_place_of(const i8k_convolution_arguments *t) {
  const size_t residualStride = t->residual ? t->residualStrideBytes : 0;
  return (i8k_place){t->output, t->outputStrideBytes, t->residual ? t->residual : (const int8_t *)t->output,
                     residualStride};
}

I8K_INLINE i8k_place i8k_place_at(const i8k_convolution_arguments *t, size_t pixel) {
  return i8k_advance(i8k_place_of(t), pixel);
}

/// nr ≤ 8 channels of a pixel and of the next, in one register.
I8K_INLINE void i8k_store_pair(i8k_place p, size_t nr, const int32x4_t acc[2][2], const i8k_numbers *n,
                               const i8k_extras extras) {
  const i8k_place next = i8k_advance(p, 1);
  const int16x8_t first = i8k_rounded(acc[0], n, extras, p.residual);
  const int16x8_t second = i8k_rounded(acc[1], n, extras, next.residual);
  const int8x16_t bytes = i8k_finished(first, second, n, n, extras);
  i8k_store8((int8_t *)p.output, vget_low_s8(bytes), nr);
  i8k_store8((int8_t *)next.output, vget_high_s8(bytes), nr);
}

/// nr ≤ 8 channels of a pixel.
I8K_INLINE void i8k_store_pixel(i8k_place p, size_t nr, const int32x4_t acc[2], const i8k_numbers *n,
                                const i8k_extras extras) {
  const int16x8_t words = i8k_rounded(acc, n, extras, p.residual);
  i8k_store8((int8_t *)p.output, vget_low_s8(i8k_finished(words, words, n, n, extras)), nr);
}

/// nr ≤ 8 channels of a pixel of a strip.
I8K_INLINE void i8k_store_strip(i8k_place p, size_t nr, const int32x4_t acc[2], const i8k_numbers *n,
                                const bool fits) {
  i8k_store16((int16_t *)(void *)p.output, i8k_requantized16(acc, n, fits), nr);
}

// Panels of 16 channels.

typedef struct {
  i8k_numbers half[2];
  i8k_extras extras;
} i8k_numbers16;

I8K_INLINE i8k_numbers16 i8k_numbers16_of(const i8k_convolution_arguments *t) {
  i8k_numbers16 n = {{i8k_numbers_at(&t->epilogue, 0), i8k_numbers_at(&t->epilogue, 8)}, i8k_no_extras};
  n.extras = i8k_extras_of(t, i8k_clamps(&n.half[0], t->nr) || (t->nr > 8 && i8k_clamps(&n.half[1], t->nr - 8)));
  if (t->nr == 16)
    n.extras.isFromLowest = vmaxvq_s16(vmaxq_s16(n.half[0].zeroPoints, n.half[1].zeroPoints)) == -128;
  return n;
}

/// All 16 channels of a pixel.
I8K_INLINE void i8k_store_whole16(i8k_place p, const int32x4_t acc[4], const i8k_numbers16 *n,
                                  const i8k_extras extras) {
  const int16x8_t low = i8k_rounded(acc, &n->half[0], extras, p.residual);
  const int16x8_t high = i8k_rounded(acc + 2, &n->half[1], extras, p.residual + 8);
  vst1q_s8((int8_t *)p.output, i8k_finished(low, high, &n->half[0], &n->half[1], extras));
}

/// nr ≤ 16 channels of a pixel.
I8K_INLINE void i8k_store_pixel16(i8k_place p, size_t nr, const int32x4_t acc[4], const i8k_numbers16 *n,
                                  const i8k_extras extras) {
  i8k_store_pixel(p, nr, acc, &n->half[0], extras);
  if (nr <= 8) return;
  p.output += 8;
  p.residual += 8;
  i8k_store_pixel(p, nr - 8, acc + 2, &n->half[1], extras);
}

/// All 16 channels of a pixel of a strip.
I8K_INLINE void i8k_store_whole_strip16(i8k_place p, const int32x4_t acc[4], const i8k_numbers16 *n,
                                        const bool fits) {
  int16_t *y = (int16_t *)(void *)p.output;
  vst1q_s16(y, i8k_requantized16(acc, &n->half[0], fits));
  vst1q_s16(y + 8, i8k_requantized16(acc + 2, &n->half[1], fits));
}

/// nr ≤ 16 channels of a pixel of a strip.
I8K_INLINE void i8k_store_strip16(i8k_place p, size_t nr, const int32x4_t acc[4], const i8k_numbers16 *n,
                                  const bool fits) {
  i8k_store_strip(p, nr, acc, &n->half[0], fits);
  if (nr <= 8) return;
  p.output += 16;
  i8k_store_strip(p, nr - 8, acc + 2, &n->half[1], fits);
}

#endif
