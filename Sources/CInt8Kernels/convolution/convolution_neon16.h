// What the convolutions of the ARM sets on panels of 16 channels share: blocks of pixels and what is known of their
// epilogues. After neon.h and the file's own MR, NR, QUADS, numbers (whose member `extras` says what is known) and
//
//   numbers_of(arguments)
//   sum_products(arguments, numbers, rows, pixels, quads, acc)   4·quads channels of `pixels` ≤ MR pixels
//   store_block(place, numbers, extras, isStrip, pixels, quads, nr, count, acc)   the first `count` of them
#ifndef I8K_CONVOLUTION_NEON16_H
#define I8K_CONVOLUTION_NEON16_H

/// Whole blocks whose epilogue has neither limits nor negative multipliers, with the rest of what is known as constants.
I8K_INLINE void store_known(i8k_place place, const numbers *n, const i8k_extras e, const int32x4_t acc[]) {
#define I8K_STORE(...) store_block(place, n, (i8k_extras){__VA_ARGS__}, false, MR, QUADS, NR, MR, acc)
  switch (4 * e.hasResidual + 2 * e.isFromLowest + e.fits) {
    case 0: I8K_STORE(.fits = false); break;
    case 1: I8K_STORE(.fits = true); break;
    case 2: I8K_STORE(.isFromLowest = true); break;
    case 3: I8K_STORE(.isFromLowest = true, .fits = true); break;
    case 4: I8K_STORE(.hasResidual = true); break;
    case 5: I8K_STORE(.hasResidual = true, .fits = true); break;
    case 6: I8K_STORE(.hasResidual = true, .isFromLowest = true); break;
    default: I8K_STORE(.hasResidual = true, .isFromLowest = true, .fits = true);
  }
#undef I8K_STORE
}

/// `count` pixels from `place` on, of which `pixels` are computed.
I8K_INLINE void block(const i8k_convolution_arguments *t, const numbers *n, const bool isStrip,
                      const void *const *rows, i8k_place place, const int pixels, const int quads, size_t count) {
  int32x4_t acc[MR * QUADS];
  sum_products(t, n, rows, pixels, quads, acc);
  const bool isWhole = quads == QUADS && pixels == MR && t->nr == NR && count == MR;
  const i8k_extras e = n->extras;
  if (isStrip && e.fits)
    store_block(place, n, (i8k_extras){.fits = true}, true, pixels, quads, t->nr, count, acc);
  else if (isStrip)
    store_block(place, n, i8k_no_extras, true, pixels, quads, t->nr, count, acc);
  else if (isWhole && !e.clamps && !e.hasNegative)
    store_known(place, n, e, acc);
  else
    store_block(place, n, e, false, pixels, quads, t->nr, count, acc);
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
