// What the 4 × 16 convolutions of the ARM sets share: blocks of pixels and their epilogues. After neon.h and the file's own
//
//   sum_products(arguments, rows, pixels, quads, acc)
//
// which sums 4·quads channels of `pixels` pixels: 4 or 1 of 16 channels, or 8 (two blocks) or 4 of at most 8.
#ifndef I8K_CONVOLUTION_NEON16_H
#define I8K_CONVOLUTION_NEON16_H

/// 16 channels of `count` pixels.
I8K_INLINE void store_whole(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const i8k_extras extras,
                            size_t pixel, const int pixels, size_t count, int32x4_t acc[][QUADS]) {
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i)
    if ((size_t)i < count) i8k_store_whole16(t, pixel + i, acc[i], n, extras);
}

/// At most 8 channels of `count` pixels, two pixels a register.
I8K_INLINE void store_half(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const i8k_extras extras,
                           size_t pixel, const int pixels, size_t count, int32x4_t acc[][QUADS]) {
  I8K_UNROLL
  for (int i = 0; i < pixels; i += 2) {
    const int32x4_t two[2][2] = {{acc[i][0], acc[i][1]}, {acc[i + 1][0], acc[i + 1][1]}};
    if ((size_t)i + 1 < count)
      i8k_store_pair(t, pixel + i, two, &n->half[0], extras);
    else if ((size_t)i < count)
      i8k_store_pixel(t, pixel + i, two[0], &n->half[0], extras);
  }
}

I8K_INLINE void store_q8(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const i8k_extras extras,
                         size_t pixel, const int pixels, const int quads, size_t count, int32x4_t acc[][QUADS]) {
  if (quads < QUADS) {
    store_half(t, n, extras, pixel, pixels, count, acc);
  } else if (t->nr == NR) {
    store_whole(t, n, extras, pixel, pixels, count, acc);
  } else {
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i)
      if ((size_t)i < count) i8k_store_pixel16(t, pixel + i, acc[i], n, extras);
  }
}

I8K_INLINE void store_q16(const i8k_convolution_arguments *t, const i8k_numbers16 *n, size_t pixel, const int pixels,
                          const int quads, size_t count, int32x4_t acc[][QUADS]) {
  if (quads == QUADS && t->nr == NR) {
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i)
      if ((size_t)i < count) i8k_store_whole_strip16(t, pixel + i, acc[i], n);
  } else {
    I8K_UNROLL
    for (int i = 0; i < pixels; ++i)
      if ((size_t)i < count) i8k_store_strip16(t, pixel + i, acc[i], n);
  }
}

/// `count` pixels from `pixel` on, of which `pixels` are computed.
I8K_INLINE void block(const i8k_convolution_arguments *t, const i8k_numbers16 *n, const bool isStrip, size_t pixel,
                      const int pixels, const int quads, size_t count) {
  int32x4_t acc[2 * MR][QUADS];
  sum_products(t, t->rows + pixel * t->taps, pixels, quads, acc);
  if (isStrip)
    store_q16(t, n, pixel, pixels, quads, count, acc);
  else if (i8k_has_extras(n->extras))
    store_q8(t, n, n->extras, pixel, pixels, quads, count, acc);
  else
    store_q8(t, n, i8k_no_extras, pixel, pixels, quads, count, acc);
}

I8K_INLINE void run(const i8k_convolution_arguments *arguments, const bool isStrip) {
  const i8k_convolution_arguments copy = *arguments, *t = &copy;
  const i8k_numbers16 n = i8k_numbers16_of(t);
  size_t pixel = 0;
  if (t->nr <= 8) {
    for (; pixel + 2 * MR <= t->mr; pixel += 2 * MR) block(t, &n, isStrip, pixel, 2 * MR, 2, 2 * MR);
    for (; pixel < t->mr; pixel += MR) {
      const size_t rest = t->mr - pixel;
      block(t, &n, isStrip, pixel, MR, 2, rest < MR ? rest : MR);
    }
    return;
  }
  for (; pixel + MR <= t->mr; pixel += MR) block(t, &n, isStrip, pixel, MR, QUADS, MR);
  const size_t rest = t->mr - pixel;
  if (rest == 1)
    block(t, &n, isStrip, pixel, 1, QUADS, 1);
  else if (rest > 1)
    block(t, &n, isStrip, pixel, MR, QUADS, rest);
}

#endif
