#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

/// Sixteen Int16 entries as the 32 bytes that TBL reads.
static inline uint8x16x2_t table_of(const int16_t *entries) {
  return (uint8x16x2_t){{vreinterpretq_u8_s16(vld1q_s16(entries)), vreinterpretq_u8_s16(vld1q_s16(entries + 8))}};
}

/// `index` holds 2i in each lane's low byte and 2i + 1 in its high one.
static inline int16x8_t look_up(uint8x16x2_t table, uint8x16_t index) {
  return vreinterpretq_s16_u8(vqtbl2q_u8(table, index));
}

// SQRDMULH is mulr; −32768 · −32768 never occurs.
void i8k_activation_s16__neon(const i8k_activation_arguments *a) {
  const uint8x16x2_t a0 = table_of(a->a0), a1 = table_of(a->a1), a2 = table_of(a->a2);
  const uint16x8_t remainder = vdupq_n_u16(2047), next = vdupq_n_u16(0x0100);
  for (size_t c = 0; c < a->channels; c += 8) {
    const size_t count = a->channels - c;
    const uint16x8_t limits = vreinterpretq_u16_s16(vld1q_s16(a->limits + c));
    const uint16x8_t scales = vreinterpretq_u16_s16(vld1q_s16(a->scales + c));
    const int16x8_t halves = vld1q_s16(a->halves + c), gains = vld1q_s16(a->gains + c);
    const int16x8_t zeroPoints = vld1q_s16(a->zeroPoints + c);
    for (size_t row = 0; row < a->rows; ++row) {
      const int16x8_t t = vld1q_s16((const int16_t *)((const char *)a->strip + row * a->stripStrideBytes) + c);
      const uint16x8_t u = vmulq_u16(vminq_u16(vreinterpretq_u16_s16(vabsq_s16(t)), limits), scales);
      const int16x8_t x = vreinterpretq_s16_u16(vshlq_n_u16(vandq_u16(u, remainder), 4));
      const uint16x8_t i = vshrq_n_u16(u, 11);
      const uint16x8_t twice = vaddq_u16(i, i);
      const uint8x16_t index = vreinterpretq_u8_u16(vaddq_u16(vsliq_n_u16(twice, twice, 8), next));
      const int16x8_t linear = vaddq_s16(vqrdmulhq_s16(look_up(a2, index), x), look_up(a1, index));
      const int16x8_t r = vaddq_s16(vqrdmulhq_s16(linear, x), look_up(a0, index));
      int16x8_t v;
      if (a->isOdd)
        v = vaddq_s16(vdupq_n_s16(a->offset), vbslq_s16(vcltzq_s16(t), vnegq_s16(r), r));
      else
        v = vsubq_s16(vmaxq_s16(t, vdupq_n_s16(0)), vqrdmulhq_s16(r, halves));
      const int16x8_t y = vqaddq_s16(zeroPoints, vqrdmulhq_s16(v, gains));
      i8k_store8(a->output + row * a->outputStrideBytes + c, vqmovn_s16(y), count);
    }
  }
}

#endif
