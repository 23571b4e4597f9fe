// The activation over a strip, for the ARM sets. After neon.h and the file's own
//
//   add_product(sum, a, b)   sum + mulr(a, b), which fits Int16
#ifndef I8K_ACTIVATION_NEON_H
#define I8K_ACTIVATION_NEON_H

/// Sixteen Int16 as TBL reads them here: the low bytes, then the high ones.
I8K_INLINE uint8x16x2_t table_of(const int16_t *entries) {
  const uint8x16_t first = vreinterpretq_u8_s16(vld1q_s16(entries));
  const uint8x16_t second = vreinterpretq_u8_s16(vld1q_s16(entries + 8));
  return (uint8x16x2_t){{vuzp1q_u8(first, second), vuzp2q_u8(first, second)}};
}

I8K_INLINE int16x8_t look_up(uint8x16x2_t table, uint8x16_t index) {
  return vreinterpretq_s16_u8(vqtbl2q_u8(table, index));
}

typedef struct {
  uint8x16x2_t a0, a1, a2;
  int16x8_t offset;
} tables;

/// The numbers of 8 channels.
typedef struct {
  uint16x8_t limits, scales;
  int16x8_t shifts, halves, gains, zeroPoints;
} numbers;

I8K_INLINE numbers numbers_at(const i8k_activation_arguments *a, size_t c) {
  numbers n;
  n.limits = vreinterpretq_u16_s16(vld1q_s16(a->limits + c));
  // 32·u modulo 2¹⁶ leaves the place within a segment. The segment's number, u >> 11, is min(|t|, limit) >> (k − 1), and
  // the limit 8·2ᵏ − 1 has k + 3 bits.
  n.scales = vshlq_n_u16(vreinterpretq_u16_s16(vld1q_s16(a->scales + c)), 5);
  n.shifts = vsubq_s16(vreinterpretq_s16_u16(vclzq_u16(n.limits)), vdupq_n_s16(12));
  n.halves = vld1q_s16(a->halves + c);
  n.gains = vld1q_s16(a->gains + c);
  n.zeroPoints = vld1q_s16(a->zeroPoints + c);
  return n;
}

/// Eight results before they are narrowed to Int8. SQRDMULH is mulr; −32768 · −32768 never occurs.
I8K_INLINE int16x8_t activate(int16x8_t t, const tables *tables, const numbers *n, const bool isOdd) {
  const uint16x8_t magnitude = vminq_u16(vreinterpretq_u16_s16(vabsq_s16(t)), n->limits);
  const int16x8_t x = vreinterpretq_s16_u16(vshrq_n_u16(vmulq_u16(magnitude, n->scales), 1));
  const uint16x8_t segment = vshlq_u16(magnitude, n->shifts);
  const uint16x8_t twice = vorrq_u16(vsliq_n_u16(segment, segment, 8), vdupq_n_u16(0x1000));
  const uint8x16_t index = vreinterpretq_u8_u16(twice);
  const int16x8_t linear = add_product(look_up(tables->a1, index), look_up(tables->a2, index), x);
  const int16x8_t r = add_product(look_up(tables->a0, index), linear, x);
  const int16x8_t v = isOdd ? vaddq_s16(tables->offset, vbslq_s16(vcltzq_s16(t), vnegq_s16(r), r))
                            : vsubq_s16(vmaxq_s16(t, vdupq_n_s16(0)), vqrdmulhq_s16(r, n->halves));
  return vqaddq_s16(n->zeroPoints, vqrdmulhq_s16(v, n->gains));
}

I8K_INLINE void run_form(const i8k_activation_arguments *arguments, const bool isOdd) {
  const i8k_activation_arguments copy = *arguments, *a = &copy;
  const tables tables = {table_of(a->a0), table_of(a->a1), table_of(a->a2), vdupq_n_s16(a->offset)};
  size_t c = 0;
  for (; c + 16 <= a->channels; c += 16) {
    const numbers low = numbers_at(a, c), high = numbers_at(a, c + 8);
    const char *strip = (const char *)(a->strip + c);
    int8_t *y = a->output + c;
    for (size_t row = a->rows; row > 0; --row, strip += a->stripStrideBytes, y += a->outputStrideBytes) {
      const int16_t *t = (const int16_t *)(const void *)strip;
      vst1q_s8(y, i8k_pack16(activate(vld1q_s16(t), &tables, &low, isOdd),
                             activate(vld1q_s16(t + 8), &tables, &high, isOdd)));
    }
  }
  for (; c < a->channels; c += 8) {
    const numbers n = numbers_at(a, c);
    const char *strip = (const char *)(a->strip + c);
    int8_t *y = a->output + c;
    for (size_t row = a->rows; row > 0; --row, strip += a->stripStrideBytes, y += a->outputStrideBytes) {
      const int16x8_t t = vld1q_s16((const int16_t *)(const void *)strip);
      i8k_store8(y, vqmovn_s16(activate(t, &tables, &n, isOdd)), a->channels - c);
    }
  }
}

I8K_INLINE void run(const i8k_activation_arguments *a) {
  if (a->isOdd)
    run_form(a, true);
  else
    run_form(a, false);
}

#endif
