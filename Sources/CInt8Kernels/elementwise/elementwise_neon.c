#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

// Eight or sixteen channels at a time over all pixels: their numbers stay in registers.

typedef struct {
  float32x4_t a[2], b[2];
  int8x8_t zeroPointsA, zeroPointsB, lower, upper;
  int16x8_t zeroPoints;
} addition;

I8K_INLINE addition addition_at(const i8k_add_arguments *t, size_t c) {
  addition n;
  for (int half = 0; half < 2; ++half) {
    n.a[half] = vld1q_f32(t->multipliersA + c + 4 * half);
    n.b[half] = vld1q_f32(t->multipliersB + c + 4 * half);
  }
  n.zeroPointsA = vmovn_s16(vld1q_s16(t->zeroPointsA + c));
  n.zeroPointsB = vmovn_s16(vld1q_s16(t->zeroPointsB + c));
  n.zeroPoints = vld1q_s16(t->zeroPoints + c);
  n.lower = i8k_limit(t->lower + c, n.zeroPoints);
  n.upper = i8k_limit(t->upper + c, n.zeroPoints);
  return n;
}

/// rne(a·mA + b·mB) of four channels.
I8K_INLINE int32x4_t add4(int32x4_t a, int32x4_t b, float32x4_t multipliersA, float32x4_t multipliersB) {
  const float32x4_t first = vmulq_f32(vcvtq_f32_s32(a), multipliersA);
  const float32x4_t second = vmulq_f32(vcvtq_f32_s32(b), multipliersB);
  return vcvtnq_s32_f32(vaddq_f32(first, second));
}

void i8k_add_s8__neon(const i8k_add_arguments *t) {
  for (size_t c = 0; c < t->channels; c += 8) {
    const addition n = addition_at(t, c);
    const size_t count = t->channels - c;
    for (size_t place = c; place < t->pixels * t->channels; place += t->channels) {
      const int16x8_t a = vsubl_s8(vld1_s8(t->a + place), n.zeroPointsA);
      const int16x8_t b = vsubl_s8(vld1_s8(t->b + place), n.zeroPointsB);
      const int32x4_t low = add4(vmovl_s16(vget_low_s16(a)), vmovl_s16(vget_low_s16(b)), n.a[0], n.b[0]);
      const int32x4_t high = add4(vmovl_high_s16(a), vmovl_high_s16(b), n.a[1], n.b[1]);
      const int8x8_t y = vqmovn_s16(vqaddq_s16(i8k_pack32(low, high), n.zeroPoints));
      i8k_store8(t->output + place, vmin_s8(vmax_s8(y, n.lower), n.upper), count);
    }
  }
}

void i8k_gate_s8__neon(const i8k_gate_arguments *t) {
  const int16x8_t shift = vdupq_n_s16((int16_t)t->shift);
  const size_t end = t->pixels * t->channels;
  size_t c = 0;
  for (; c + 16 <= t->channels; c += 16) {
    const int8x8_t low = vmovn_s16(vld1q_s16(t->inputZeroPoints + c));
    const int8x8_t high = vmovn_s16(vld1q_s16(t->inputZeroPoints + c + 8));
    const int16x8_t lowGates = vld1q_s16(t->gates + c), highGates = vld1q_s16(t->gates + c + 8);
    const int16x8_t lowZeroPoints = vld1q_s16(t->zeroPoints + c), highZeroPoints = vld1q_s16(t->zeroPoints + c + 8);
    const int8x16_t zeroPoints = vcombine_s8(low, high);
    for (size_t place = c; place < end; place += t->channels) {
      const int8x16_t q = vld1q_s8(t->input + place);
      const int16x8_t first = vshlq_s16(vsubl_s8(vget_low_s8(q), vget_low_s8(zeroPoints)), shift);
      const int16x8_t second = vshlq_s16(vsubl_high_s8(q, zeroPoints), shift);
      vst1q_s8(t->output + place, i8k_pack16(vqaddq_s16(lowZeroPoints, vqrdmulhq_s16(first, lowGates)),
                                             vqaddq_s16(highZeroPoints, vqrdmulhq_s16(second, highGates))));
    }
  }
  for (; c < t->channels; c += 8) {
    const int8x8_t inputZeroPoints = vmovn_s16(vld1q_s16(t->inputZeroPoints + c));
    const int16x8_t gates = vld1q_s16(t->gates + c), zeroPoints = vld1q_s16(t->zeroPoints + c);
    for (size_t place = c; place < end; place += t->channels) {
      const int16x8_t x = vshlq_s16(vsubl_s8(vld1_s8(t->input + place), inputZeroPoints), shift);
      const int8x8_t y = vqmovn_s16(vqaddq_s16(zeroPoints, vqrdmulhq_s16(x, gates)));
      i8k_store8(t->output + place, y, t->channels - c);
    }
  }
}

#endif
