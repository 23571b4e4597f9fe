// What the convolutions of the ARM sets on panels of 16 channels share: blocks of pixels and what is known of their
// epilogues. After neon.h and the file's own MR, NR, QUADS, numbers (whose member `extras` says what is known) and
//
//   numbers_of(arguments)
//   sum_products(arguments, rows, pixels, quads, acc)   4·quads channels of `pixels` ≤ MR pixels
//   store_block(place, numbers, extras, isStrip, pixels, quads, nr, count, acc)   the first `count` of them
#ifndef I8K_CONVOLUTION_NEON16_H
#define I8K_CONVOLUTION_NEON16_H

/// `count` pixels from `place` on, of which `pixels` are computed.
I8K_INLINE void block(const i8k_convolution_arguments *t, const numbers *n, const bool isStrip,
                      const void *const *rows, i8k_place place, const int pixels, const int quads, size_t count) {
  int32x4_t acc[MR * QUADS];
  sum_products(t, rows, pixels, quads, acc);
  const bool isWhole = quads == QUADS && t->nr == NR && count == (size_t)pixels && pixels > 1;
  const i8k_extras e = n->extras;
  if (!isWhole)
    store_block(place, n, e, isStrip, pixels, quads, t->nr, count, acc);
  else if (!e.fits || (!isStrip && (e.clamps || e.hasNegative)))
    store_block(place, n, e, isStrip, pixels, QUADS, NR, pixels, acc);
  else if (isStrip)
    store_block(place, n, (i8k_extras){.fits = true}, true, pixels, QUADS, NR, pixels, acc);
  else if (e.hasResidual)
    store_block(place, n, (i8k_extras){.hasResidual = true, .fits = true}, false, pixels, QUADS, NR, pixels, acc);
  else if (e.isFromLowest)
    store_block(place, n, (i8k_extras){.fits = true, .isFromLowest = true}, false, pixels, QUADS, NR, pixels, acc);
  else
    store_block(place, n, (i8k_extras){.fits = true}, false, pixels, QUADS, NR, pixels, acc);
}

/// The pixels of a panel, `quads` quads of channels wide; the last ones take a block of MR, 4, 2 or 1.
I8K_INLINE void run_blocks(const i8k_convolution_arguments *t, const numbers *n, const bool isStrip,
                           const int quads) {
  const void *const *rows = t->rows;
  i8k_place place = i8k_place_of(t);
  size_t left = t->mr;
  for (; left >= MR; left -= MR, rows += MR * t->taps, place = i8k_advance(place, MR))
    block(t, n, isStrip, rows, place, MR, quads, MR);
  if (left == 0) return;
  if (left == 1)
    block(t, n, isStrip, rows, place, 1, quads, 1);
  else if (left == 2)
    block(t, n, isStrip, rows, place, 2, quads, 2);
  else if (left <= 4)
    block(t, n, isStrip, rows, place, 4, quads, left);
  else
    block(t, n, isStrip, rows, place, MR, quads, left);
}

I8K_INLINE void run(const i8k_convolution_arguments *arguments, const bool isStrip) {
  const i8k_convolution_arguments copy = *arguments;
  const numbers n = numbers_of(&copy);
  if (copy.nr <= NR / 2)
    run_blocks(&copy, &n, isStrip, QUADS / 2);
  else
    run_blocks(&copy, &n, isStrip, QUADS);
}

#endif
