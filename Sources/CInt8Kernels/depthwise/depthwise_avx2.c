#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// Two pixels × 16 channels. Rows come widened to Int16; the words of two taps are interleaved and met by weights packed
// as pairs, so that vpmaddwd adds two exact products a lane. Interleaving works within 128-bit lanes: the first
// register has channels 0–3 and 8–11, the second 4–7 and 12–15, and everything a channel is loaded in that order;
// vpackssdw restores it. Two pixels because registers end there; sharing interleaved columns between four pixels
// was measured and gains nothing, as vpmaddwd with vpaddd is what bounds it.

enum { NR = 16, MR = 2, PIXEL = 2 * NR, LONGEST = 13 };

typedef __m256i accumulators[MR][2];

/// The weights of a pair of taps in the order of the interleaved words.
typedef struct {
  __m256i low, high;
} weights;

static inline weights pair_weights(const i8k_convolution_arguments *t, size_t pair) {
  const int16_t *w = (const int16_t *)((const int32_t *)t->panel + NR) + 2 * NR * pair;
  return (weights){i8k_load_split(w), i8k_load_split(w + 8)};
}

static inline __attribute__((always_inline)) void add_pair(accumulators acc, int i, const char *first,
                                                           const char *second, const weights w) {
  const __m256i a = i8k_load256((const int16_t *)first), b = i8k_load256((const int16_t *)second);
  acc[i][0] = _mm256_add_epi32(acc[i][0], _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), w.low));
  acc[i][1] = _mm256_add_epi32(acc[i][1], _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), w.high));
}

/// A kernel of side × side whose columns stand one pixel apart: all offsets but the row's are known.
static inline __attribute__((always_inline)) void accumulate_square(const i8k_convolution_arguments *t,
                                                                    const char *const windows[MR],
                                                                    const weights *w, const int side,
                                                                    accumulators acc) {
  const size_t pitch = t->tapByteOffsets[side];
#pragma clang loop unroll(full)
  for (int tap = 0; tap < side * side; tap += 2) {
    const int next = tap + 1 < side * side ? tap + 1 : tap;
    for (int i = 0; i < MR; ++i)
      add_pair(acc, i, windows[i] + (size_t)(tap / side) * pitch + tap % side * PIXEL,
               windows[i] + (size_t)(next / side) * pitch + next % side * PIXEL, w[tap / 2]);
  }
}

static inline __attribute__((always_inline)) void accumulate_any(const i8k_convolution_arguments *t,
                                                                 const char *const windows[MR], accumulators acc) {
  for (size_t tap = 0; tap < t->taps; tap += 2) {
    const weights w = pair_weights(t, tap / 2);
    for (int i = 0; i < MR; ++i)
      add_pair(acc, i, windows[i] + t->tapByteOffsets[tap], windows[i] + t->tapByteOffsets[tap + 1], w);
  }
}

/// Where pixels go.
typedef struct {
  char *output;
  size_t stride;
  const int8_t *residual;
  size_t residualStride;
  size_t nr;
} place;

/// Two pixels, the second unless it is the first again.
static inline __attribute__((always_inline)) void store(const place at, size_t pixel, bool isPair, accumulators acc,
                                                        const i8k_numbers_avx2 *n, const i8k_form_avx2 form,
                                                        const bool isStrip) {
  char *output = at.output + pixel * at.stride;
  char *second = isPair ? output + at.stride : NULL;
  if (isStrip) {
    i8k_store_strip_avx2(acc[0], n, true, form.isBounded, (int16_t *)output, at.nr);
    if (second) i8k_store_strip_avx2(acc[1], n, true, form.isBounded, (int16_t *)second, at.nr);
  } else {
    const int8_t *residual = form.hasResidual ? at.residual + pixel * at.residualStride : NULL;
    i8k_store_pair_avx2(acc[0], acc[1], n, form, residual, isPair ? residual + at.residualStride : residual,
                        (int8_t *)output, (int8_t *)second, at.nr);
  }
}

/// `side` is 0 for kernels that are not unrolled.
static inline __attribute__((always_inline)) void run(const i8k_convolution_arguments *t, const int side,
                                                      const i8k_form_avx2 form, const bool isStrip) {
  weights w[LONGEST];
  for (int pair = 0; pair < (side * side + 1) / 2; ++pair) w[pair] = pair_weights(t, (size_t)pair);
  i8k_numbers_avx2 n;
  i8k_load_numbers_avx2(&t->epilogue, isStrip, true, &n);
  const __m256i bias[2] = {i8k_load_split(t->panel), i8k_load_split((const int32_t *)t->panel + 4)};
  const place at = {t->output, t->outputStrideBytes, t->residual, t->residualStrideBytes, t->nr};
  for (size_t i = 0; i < t->mr; i += MR) {
    // An odd last pixel is computed twice.
    const bool isPair = i + 1 < t->mr;
    const char *const windows[MR] = {t->rows[i], t->rows[isPair ? i + 1 : i]};
    accumulators acc = {{bias[0], bias[1]}, {bias[0], bias[1]}};
    if (side)
      accumulate_square(t, windows, w, side, acc);
    else
      accumulate_any(t, windows, acc);
    store(at, i, isPair, acc, &n, form, isStrip);
  }
}

/// 3 or 5 where the kernel is that wide, and its columns stand together.
static inline int unrolled_side(const i8k_convolution_arguments *t) {
  const size_t side = t->taps == 9 ? 3 : t->taps == 25 ? 5 : 0;
  for (size_t tap = 0; side && tap < t->taps; ++tap)
    if (t->tapByteOffsets[tap] != tap / side * t->tapByteOffsets[side] + tap % side * PIXEL) return 0;
  return (int)side;
}

static inline __attribute__((always_inline)) void run_side(const i8k_convolution_arguments *t,
                                                           const i8k_form_avx2 form, const bool isStrip) {
  switch (unrolled_side(t)) {
    case 3: return run(t, 3, form, isStrip);
    case 5: return run(t, 5, form, isStrip);
    default: return run(t, 0, form, isStrip);
  }
}

void i8k_dw_q8_2x16c2__avx2(const i8k_convolution_arguments *t) {
  if (t->epilogue.isBounded && !t->epilogue.negativeMultipliers && !t->residual)
    return run_side(t, (i8k_form_avx2){true, true, false, false}, false);
  // The rare forms: every product with its sign, every value clamped before it is converted.
  i8k_convolution_arguments general = *t;
  if (!general.epilogue.negativeMultipliers) general.epilogue.negativeMultipliers = general.epilogue.multipliers;
  if (t->residual)
    run(&general, 0, (i8k_form_avx2){true, false, true, true}, false);
  else
    run_side(&general, (i8k_form_avx2){true, false, true, false}, false);
}

void i8k_dw_q16_2x16c2__avx2(const i8k_convolution_arguments *t) {
  if (t->epilogue.isBounded)
    run_side(t, (i8k_form_avx2){true, true, false, false}, true);
  else
    run_side(t, (i8k_form_avx2){true, false, false, false}, true);
}

#pragma clang attribute pop
#endif
