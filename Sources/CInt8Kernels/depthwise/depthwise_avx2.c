#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// Two pixels × 16 channels. Rows come widened to Int16; the words of two taps are interleaved and met by weights packed
// as pairs, so that vpmaddwd adds two exact products a lane. Interleaving works within 128-bit lanes: the first
// register has channels 0–3 and 8–11, the second 4–7 and 12–15, and everything a channel is loaded in that order;
// vpackssdw restores it.

enum { NR = 16, MR = 2, PREPARED = 13 };

/// Four elements of 32 bits, then the four that stand eight further on.
static inline __m256i load_split(const void *place) {
  const char *bytes = place;
  return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)bytes)),
                                 _mm_loadu_si128((const __m128i *)(bytes + 32)), 1);
}

static inline __m256 load_split_ps(const float *place) { return _mm256_castsi256_ps(load_split(place)); }

/// The weights of pair `index` in the order of the interleaved words.
static inline __m256i pair_weights(const int16_t *w, size_t index, int half) {
  return load_split(w + 2 * NR * index + 8 * half);
}

static inline __attribute__((always_inline)) void accumulate(const i8k_convolution_arguments *t,
                                                             const char *const windows[MR],
                                                             const __m256i *prepared,
                                                             const size_t pairs, const bool isPrepared,
                                                             __m256i result[MR][2]) {
  const int32_t *bias = t->panel;
  const int16_t *w = (const int16_t *)(bias + NR);
  __m256i acc[MR][2];
  for (int half = 0; half < 2; ++half)
    for (int i = 0; i < MR; ++i) acc[i][half] = load_split(bias + 4 * half);
  for (size_t pair = 0; pair < pairs; ++pair) {
    const __m256i low = isPrepared ? prepared[2 * pair] : pair_weights(w, pair, 0);
    const __m256i high = isPrepared ? prepared[2 * pair + 1] : pair_weights(w, pair, 1);
    for (int i = 0; i < MR; ++i) {
      const __m256i first = i8k_load256((const int16_t *)(windows[i] + t->tapByteOffsets[2 * pair]));
      const __m256i second = i8k_load256((const int16_t *)(windows[i] + t->tapByteOffsets[2 * pair + 1]));
      acc[i][0] = _mm256_add_epi32(acc[i][0], _mm256_madd_epi16(_mm256_unpacklo_epi16(first, second), low));
      acc[i][1] = _mm256_add_epi32(acc[i][1], _mm256_madd_epi16(_mm256_unpackhi_epi16(first, second), high));
    }
  }
  for (int i = 0; i < MR; ++i)
    for (int half = 0; half < 2; ++half) result[i][half] = acc[i][half];
}

/// A panel's numbers in the order of the interleaved words, loaded once a call: stores of bytes might alias the
/// originals.
typedef struct {
  __m256 multipliers[2], negativeMultipliers[2], lower[2], upper[2], residualMultipliers[2];
  __m256i zeroPoints, residualZeroPoints;
} numbers;

static inline void load_numbers(const i8k_requantization *q, numbers *n) {
  for (int half = 0; half < 2; ++half) {
    n->multipliers[half] = load_split_ps(q->multipliers + 4 * half);
    n->lower[half] = load_split_ps(q->lower + 4 * half);
    n->upper[half] = load_split_ps(q->upper + 4 * half);
    n->negativeMultipliers[half] =
        q->negativeMultipliers ? load_split_ps(q->negativeMultipliers + 4 * half) : n->multipliers[half];
    if (q->residualMultipliers) n->residualMultipliers[half] = load_split_ps(q->residualMultipliers + 4 * half);
  }
  n->zeroPoints = i8k_load256(q->zeroPoints);
  if (q->residualZeroPoints) n->residualZeroPoints = i8k_load256(q->residualZeroPoints);
}

/// rne(clamp(f32(acc)·m (+ residual), lower, upper)) of half a pixel; `r` holds the residual's words, in channel order.
static inline __m256i requantize_half(__m256i acc, const numbers *n, int half, bool hasResidual, __m256i r) {
  const __m256 m =
      _mm256_blendv_ps(n->multipliers[half], n->negativeMultipliers[half], _mm256_castsi256_ps(acc));
  __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(acc), m);
  if (hasResidual) {
    // The words of this half's channels, with their signs.
    const __m256i words = half ? _mm256_unpackhi_epi16(r, r) : _mm256_unpacklo_epi16(r, r);
    v = _mm256_add_ps(v, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_srai_epi32(words, 16)),
                                       n->residualMultipliers[half]));
  }
  return _mm256_cvtps_epi32(i8k_clamp_avx2(v, n->lower[half], n->upper[half]));
}

static inline void store_q8(const i8k_convolution_arguments *t, const numbers *n, size_t i, const __m256i acc[2]) {
  __m256i r = _mm256_setzero_si256();
  if (t->residual)
    r = _mm256_sub_epi16(i8k_widen16(t->residual + i * t->residualStrideBytes), n->residualZeroPoints);
  const __m256i low = requantize_half(acc[0], n, 0, t->residual != NULL, r);
  const __m256i high = requantize_half(acc[1], n, 1, t->residual != NULL, r);
  const __m128i y = i8k_pack16(_mm256_add_epi16(_mm256_packs_epi32(low, high), n->zeroPoints));
  i8k_store8((int8_t *)t->output + i * t->outputStrideBytes, y, t->nr);
}

static inline void store_q16(const i8k_convolution_arguments *t, const numbers *n, size_t i, const __m256i acc[2]) {
  const __m256 lower = _mm256_set1_ps(-32768.0f), upper = _mm256_set1_ps(32767.0f);
  __m256i words[2];
  for (int half = 0; half < 2; ++half) {
    const __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(acc[half]), n->multipliers[half]);
    words[half] = _mm256_cvtps_epi32(i8k_clamp_avx2(v, lower, upper));
  }
  i8k_store16((int16_t *)((char *)t->output + i * t->outputStrideBytes), _mm256_packs_epi32(words[0], words[1]),
              t->nr);
}

static inline __attribute__((always_inline)) void run(const i8k_convolution_arguments *t, const size_t pairs,
                                                      const bool isPrepared, const bool isStrip) {
  __m256i weights[2 * PREPARED];
  if (isPrepared)
    for (size_t i = 0; i < 2 * pairs; ++i)
      weights[i] = pair_weights((const int16_t *)((const int32_t *)t->panel + NR), i / 2, (int)(i % 2));
  numbers n;
  load_numbers(&t->epilogue, &n);
  for (size_t i = 0; i < t->mr; i += MR) {
    // An odd last pixel is computed twice.
    const size_t count = t->mr - i < MR ? t->mr - i : MR;
    const char *const windows[MR] = {t->rows[i], t->rows[i + count - 1]};
    __m256i acc[MR][2];
    accumulate(t, windows, weights, pairs, isPrepared, acc);
    for (size_t j = 0; j < count; ++j) {
      if (isStrip)
        store_q16(t, &n, i + j, acc[j]);
      else
        store_q8(t, &n, i + j, acc[j]);
    }
  }
}

// 3×3 and 5×5 with their loops unrolled.

void i8k_dw_q8_2x16c2__avx2(const i8k_convolution_arguments *t) {
  switch (t->taps) {
    case 9: run(t, 5, true, false); break;
    case 25: run(t, 13, true, false); break;
    default: run(t, (t->taps + 1) / 2, false, false);
  }
}

void i8k_dw_q16_2x16c2__avx2(const i8k_convolution_arguments *t) {
  switch (t->taps) {
    case 9: run(t, 5, true, true); break;
    case 25: run(t, 13, true, true); break;
    default: run(t, (t->taps + 1) / 2, false, true);
  }
}

#pragma clang attribute pop
#endif
