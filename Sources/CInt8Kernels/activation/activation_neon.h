// The activation over a strip, for the ARM sets. After neon.h and the file's own
//
//   add_product(sum, a, b)             sum + mulr(a, b), which fits Int16
//   add_product_saturated(sum, a, b)   the same where it may not fit
//   ADDS_IN_PLACE                      whether they take the register of `sum`
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
  int16x8_t offset, twice;
  const int16x8_t *seconds;
} tables;

/// The numbers of 8 channels.
typedef struct {
  uint16x8_t limits, scales;
  int16x8_t shifts, halves, gains;
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
  return n;
}

/// What a product is added to in place is loaded anew each time, two registers at once: copies would take two
/// instructions.
I8K_INLINE void load_sums(const int16x8_t *place, int16x8_t sums[2]) {
  __asm__("" : "+r"(place));
  sums[0] = place[0];
  sums[1] = place[1];
}

/// Eight results before they are narrowed to Int8. SQRDMULH is mulr; −32768 · −32768 never occurs. `second` is 0x1000, to
/// which 0x101 times the segment's number is added: its bytes are those of an entry.
I8K_INLINE int16x8_t activate(int16x8_t t, const tables *tables, const numbers *n, int16x8_t second,
                              int16x8_t zeroPoints, const bool isOdd) {
  const uint16x8_t magnitude = vminq_u16(vreinterpretq_u16_s16(vabsq_s16(t)), n->limits);
  const int16x8_t x = vreinterpretq_s16_u16(vshrq_n_u16(vmulq_u16(magnitude, n->scales), 1));
  const int16x8_t segment = vreinterpretq_s16_u16(vshlq_u16(magnitude, n->shifts));
  const uint8x16_t index = vreinterpretq_u8_s16(vmlaq_s16(second, segment, tables->twice));
  const int16x8_t linear = add_product(look_up(tables->a1, index), look_up(tables->a2, index), x);
  const int16x8_t r = add_product(look_up(tables->a0, index), linear, x);
  const int16x8_t v = isOdd ? vaddq_s16(tables->offset, vbslq_s16(vcltzq_s16(t), vnegq_s16(r), r))
                            : vsubq_s16(vmaxq_s16(t, vdupq_n_s16(0)), vqrdmulhq_s16(r, n->halves));
  return add_product_saturated(zeroPoints, v, n->gains);
}

/// Sixteen channels of a row.
I8K_INLINE int8x16_t activate16(int16x8x2_t t, const tables *tables, const numbers n[2],
                                const int16x8_t zeroPoints[2], const bool isOdd) {
  int16x8_t seconds[2], sums[2];
  load_sums(tables->seconds, seconds);
  if (ADDS_IN_PLACE) {
    load_sums(zeroPoints, sums);
  } else {
    sums[0] = zeroPoints[0];
    sums[1] = zeroPoints[1];
  }
  return i8k_pack16(activate(t.val[0], tables, &n[0], seconds[0], sums[0], isOdd),
                    activate(t.val[1], tables, &n[1], seconds[1], sums[1], isOdd));
}

/// Sixteen channels of the next row; moves the pointer on.
I8K_INLINE int16x8x2_t next_row(const char **strip, size_t strideBytes) {
  const int16x8x2_t t = vld1q_s16_x2((const int16_t *)(const void *)*strip);
  *strip += strideBytes;
  __asm__("" : "+r"(*strip));
  return t;
}

I8K_INLINE void run_form(const i8k_activation_arguments *arguments, const bool isOdd) {
  const i8k_activation_arguments copy = *arguments, *a = &copy;
  const int16x8_t seconds[2] = {vdupq_n_s16(0x1000), vdupq_n_s16(0x1000)};
  const tables tables = {table_of(a->a0),        table_of(a->a1), table_of(a->a2), vdupq_n_s16(a->offset),
                         vdupq_n_s16(0x101), seconds};
  const size_t stripStride = a->stripStrideBytes, stride = a->outputStrideBytes;
  size_t c = 0;
  for (; c + 16 <= a->channels; c += 16) {
    const numbers n[2] = {numbers_at(a, c), numbers_at(a, c + 8)};
    const int16x8_t zeroPoints[2] = {vld1q_s16(a->zeroPoints + c), vld1q_s16(a->zeroPoints + c + 8)};
    const char *strip = (const char *)(a->strip + c);
    int8_t *y = a->output + c;
    for (size_t pairs = a->rows / 2; pairs > 0; --pairs, y += 2 * stride) {
      const int8x16_t first = activate16(next_row(&strip, stripStride), &tables, n, zeroPoints, isOdd);
      vst1q_s8(y, first);
      const int8x16_t next = activate16(next_row(&strip, stripStride), &tables, n, zeroPoints, isOdd);
      vst1q_s8(y + stride, next);
    }
    if (a->rows % 2 == 1) vst1q_s8(y, activate16(next_row(&strip, stripStride), &tables, n, zeroPoints, isOdd));
  }
  for (; c < a->channels; c += 8) {
    const numbers n = numbers_at(a, c);
    const int16x8_t zeroPoints = vld1q_s16(a->zeroPoints + c);
    const char *strip = (const char *)(a->strip + c);
    int8_t *y = a->output + c;
    for (size_t row = a->rows; row > 0; --row, strip += stripStride, y += stride) {
      const int16x8_t t = vld1q_s16((const int16_t *)(const void *)strip);
      const int8x8_t bytes = vqmovn_s16(activate(t, &tables, &n, seconds[0], zeroPoints, isOdd));
      i8k_store8(y, bytes, a->channels - c);
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
