#include "pairs.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// 8 pixels × 8 channels on bytes: vpmaddubsw, exact because of how pairs_pack.c deals the weights, then vpmaddwd by
// ones. Four elements of a pixel are one broadcast. Panels are narrow because a group of four elements must suit all
// channels of its panel.

enum { MR = 8, NR = I8K_PAIRS_NR };

static inline __m256i load(const int8_t *place) { return _mm256_loadu_si256((const __m256i *)place); }

/// One tap of a packed panel.
typedef struct {
  int32_t doubles, singles;
  /// In units of I8K_PAIRS_OFFSET_UNIT bytes.
  const uint16_t *offsets;
  const int8_t *weights;
} tap_groups;

static inline tap_groups groups_at(const int8_t *place) {
  int32_t head[2];
  memcpy(head, place, sizeof head);
  // Panels begin on a multiple of 32 bytes, and so do the weights.
  const size_t written = sizeof head + sizeof(uint16_t) * (size_t)(2 * head[0] + head[1]);
  return (tap_groups){head[0], head[1], (const uint16_t *)(place + sizeof head), place + (written + 31) / 32 * 32};
}

static inline const int8_t *end_of(tap_groups g) { return g.weights + 64 * (size_t)g.doubles + 32 * (size_t)g.singles; }

static inline __attribute__((always_inline)) void add_tap(const tap_groups g, const char *const row[MR],
                                                          const int pixels, __m256i acc[MR]) {
  const __m256i ones = _mm256_set1_epi16(1);
  const uint16_t *offset = g.offsets;
  const int8_t *w = g.weights;
  for (int32_t n = g.doubles; n > 0; --n, offset += 2, w += 64) {
    const __m256i first = load(w), second = load(w + 32);
    const size_t here = I8K_PAIRS_OFFSET_UNIT * (size_t)offset[0], there = I8K_PAIRS_OFFSET_UNIT * (size_t)offset[1];
    for (int i = 0; i < pixels; ++i) {
      const __m256i words = _mm256_add_epi16(_mm256_maddubs_epi16(i8k_broadcast32(row[i] + here), first),
                                             _mm256_maddubs_epi16(i8k_broadcast32(row[i] + there), second));
      acc[i] = _mm256_add_epi32(acc[i], _mm256_madd_epi16(words, ones));
    }
  }
  for (int32_t n = g.singles; n > 0; --n, ++offset, w += 32) {
    const __m256i weights = load(w);
    const size_t here = I8K_PAIRS_OFFSET_UNIT * (size_t)offset[0];
    for (int i = 0; i < pixels; ++i) {
      const __m256i words = _mm256_maddubs_epi16(i8k_broadcast32(row[i] + here), weights);
      acc[i] = _mm256_add_epi32(acc[i], _mm256_madd_epi16(words, ones));
    }
  }
}

static inline __attribute__((always_inline)) void accumulate(const i8k_convolution_arguments *t, const tap_groups first,
                                                             const void *const *rows, const int pixels,
                                                             __m256i acc[MR]) {
  const __m256i bias = load(t->panel);
  for (int i = 0; i < pixels; ++i) acc[i] = bias;
  tap_groups groups = first;
  for (size_t tap = 1;; ++tap, rows += MR) {
    const char *row[MR];
    for (int i = 0; i < pixels; ++i) row[i] = (const char *)rows[i] + t->rowByteOffset;
    add_tap(groups, row, pixels, acc);
    if (tap >= t->taps) return;
    groups = groups_at(end_of(groups));
  }
}

/// A panel's numbers. Those of the bytes are in the order that packing four pixels gives: pixels within channels.
typedef struct {
  __m256 multipliers, negativeMultipliers, lower, upper, residualMultipliers;
  __m256i zeroPoints, residualZeroPoints, minimum, maximum, order;
} numbers;

static inline __m256i twice64(const void *place) {
  return _mm256_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)place));
}

static inline numbers load_numbers(const i8k_requantization *q) {
  numbers n;
  n.multipliers = _mm256_loadu_ps(q->multipliers);
  n.negativeMultipliers = _mm256_loadu_ps(q->negativeMultipliers ? q->negativeMultipliers : q->multipliers);
  n.lower = _mm256_loadu_ps(q->lower);
  n.upper = _mm256_loadu_ps(q->upper);
  // Channels 0–3 in the lower half, 4–7 in the upper one.
  n.zeroPoints = _mm256_inserti128_si256(twice64(q->zeroPoints),
                                         _mm256_castsi256_si128(twice64(q->zeroPoints + 4)), 1);
  n.minimum = twice64(q->minimum);
  n.maximum = twice64(q->maximum);
  n.order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  n.residualMultipliers = q->residualMultipliers ? _mm256_loadu_ps(q->residualMultipliers) : _mm256_setzero_ps();
  n.residualZeroPoints = _mm256_setzero_si256();
  if (q->residualZeroPoints)
    n.residualZeroPoints = _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)q->residualZeroPoints));
  return n;
}

static inline __attribute__((always_inline)) __m256i requantize(__m256i acc, const numbers *n,
                                                                const i8k_form_avx2 form,
                                                                const int8_t *residual) {
  __m256 m = n->multipliers;
  if (form.hasNegative) m = _mm256_blendv_ps(m, n->negativeMultipliers, _mm256_castsi256_ps(acc));
  __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(acc), m);
  if (form.hasResidual) {
    const __m256i r = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)residual));
    const __m256 real = _mm256_cvtepi32_ps(_mm256_sub_epi32(r, n->residualZeroPoints));
    v = _mm256_add_ps(v, _mm256_mul_ps(real, n->residualMultipliers));
  }
  if (!form.isBounded) v = i8k_clamp_avx2(v, n->lower, n->upper);
  return _mm256_cvtps_epi32(v);
}

static inline void store_row(int8_t *place, __m128i bytes, size_t count) {
  if (count == NR)
    _mm_storel_epi64((__m128i *)place, bytes);
  else
    i8k_store8(place, bytes, count);
}

/// Where a block of pixels goes.
typedef struct {
  char *output;
  size_t stride;
  const int8_t *residual;
  size_t residualStride;
  size_t nr;
} place;

/// Four pixels, of which `left` are wanted.
static inline __attribute__((always_inline)) void store_four(const place at, const __m256i *acc, const numbers *n,
                                                             const i8k_form_avx2 form, size_t left) {
  __m256i y[4];
  for (size_t i = 0; i < 4; ++i)
    y[i] = requantize(acc[i], n, form,
                      form.hasResidual ? at.residual + (i < left ? i : left - 1) * at.residualStride : NULL);
  const __m256i first = _mm256_adds_epi16(_mm256_packs_epi32(y[0], y[1]), n->zeroPoints);
  const __m256i second = _mm256_adds_epi16(_mm256_packs_epi32(y[2], y[3]), n->zeroPoints);
  __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(first, second), n->order);
  bytes = _mm256_min_epi8(_mm256_max_epi8(bytes, n->minimum), n->maximum);
  const __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
  int8_t *output = (int8_t *)at.output;
  if (left >= 4 && at.nr == NR) {
    _mm_storel_epi64((__m128i *)output, low);
    _mm_storeh_pd((double *)(output + at.stride), _mm_castsi128_pd(low));
    _mm_storel_epi64((__m128i *)(output + 2 * at.stride), high);
    _mm_storeh_pd((double *)(output + 3 * at.stride), _mm_castsi128_pd(high));
    return;
  }
  store_row(output, low, at.nr);
  if (left > 1) store_row(output + at.stride, _mm_unpackhi_epi64(low, low), at.nr);
  if (left > 2) store_row(output + 2 * at.stride, high, at.nr);
  if (left > 3) store_row(output + 3 * at.stride, _mm_unpackhi_epi64(high, high), at.nr);
}

static inline void store_words(int16_t *output, __m128i words, size_t count) {
  if (count >= NR)
    _mm_storeu_si128((__m128i *)output, words);
  else
    i8k_store16(output, _mm256_castsi128_si256(words), count);
}

/// Two pixels, of which `left` are wanted.
static inline __attribute__((always_inline)) void store_strip(const place at, const __m256i *acc, const numbers *n,
                                                              bool isBounded, size_t left) {
  __m256i y[2];
  for (int i = 0; i < 2; ++i) {
    __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(acc[i]), n->multipliers);
    if (!isBounded) v = i8k_clamp_avx2(v, _mm256_set1_ps(-32768.0f), _mm256_set1_ps(32767.0f));
    y[i] = _mm256_cvtps_epi32(v);
  }
  const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(y[0], y[1]), 0xd8);
  store_words((int16_t *)at.output, _mm256_castsi256_si128(words), at.nr);
  if (left > 1) store_words((int16_t *)(at.output + at.stride), _mm256_extracti128_si256(words, 1), at.nr);
}

static inline __attribute__((always_inline)) void run_block(const i8k_convolution_arguments *t, const tap_groups groups,
                                                            const void *const *rows, const numbers *n, place at,
                                                            const int pixels, size_t left, const i8k_form_avx2 form,
                                                            const bool isStrip) {
  __m256i acc[MR];
  accumulate(t, groups, rows, pixels, acc);
  const int step = isStrip ? 2 : 4;
#pragma clang loop unroll(full)
  for (int i = 0; i < pixels; i += step) {
    if ((size_t)i >= left) return;
    if (isStrip)
      store_strip(at, acc + i, n, form.isBounded, left - (size_t)i);
    else
      store_four(at, acc + i, n, form, left - (size_t)i);
    at.output += (size_t)step * at.stride;
    if (form.hasResidual) at.residual += (size_t)step * at.residualStride;
  }
}

static inline __attribute__((always_inline)) void run(const i8k_convolution_arguments *t, const i8k_form_avx2 form,
                                                      const bool isStrip) {
  const numbers n = load_numbers(&t->epilogue);
  const tap_groups groups = groups_at((const int8_t *)t->panel + 4 * NR);
  const void *const *rows = t->rows;
  const size_t rowStep = MR * t->taps;
  place at = {t->output, t->outputStrideBytes, t->residual, t->residualStrideBytes, t->nr};
  size_t left = t->mr;
  for (; left > MR / 2; left -= MR, rows += rowStep) {
    run_block(t, groups, rows, &n, at, MR, left, form, isStrip);
    if (left <= MR) return;
    at.output += MR * at.stride;
    if (form.hasResidual) at.residual += MR * at.residualStride;
  }
  // Few pixels at a map's end cost half a block.
  if (left > 0) run_block(t, groups, rows, &n, at, MR / 2, left, form, isStrip);
}

void i8k_conv_q8_8x8c4__avx2(const i8k_convolution_arguments *t) {
  const bool isPlain = t->epilogue.isBounded && !t->epilogue.negativeMultipliers;
  if (!isPlain && t->residual)
    run(t, (i8k_form_avx2){false, false, true, true}, false);
  else if (!isPlain)
    run(t, (i8k_form_avx2){false, false, true, false}, false);
  else if (t->residual)
    run(t, (i8k_form_avx2){false, true, false, true}, false);
  else
    run(t, (i8k_form_avx2){false, true, false, false}, false);
}

void i8k_conv_q16_8x8c4__avx2(const i8k_convolution_arguments *t) {
  if (t->epilogue.isBounded)
    run(t, (i8k_form_avx2){false, true, false, false}, true);
  else
    run(t, (i8k_form_avx2){false, false, false, false}, true);
}

#pragma clang attribute pop
#endif
