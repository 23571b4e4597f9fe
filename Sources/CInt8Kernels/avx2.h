// What the avx2 files share: partial loads and stores, and the epilogues on 16 accumulators. After base.h and
// immintrin.h.
#ifndef I8K_AVX2_H
#define I8K_AVX2_H

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

static inline __m256i i8k_broadcast32(const void *place) {
  int32_t value;
  memcpy(&value, place, sizeof value);
  return _mm256_set1_epi32(value);
}

static inline __m128i i8k_load128(const int8_t *place) { return _mm_loadu_si128((const __m128i *)place); }

static inline __m256i i8k_load256(const int16_t *place) { return _mm256_loadu_si256((const __m256i *)place); }

/// Sixteen Int8 as Int16.
static inline __m256i i8k_widen16(const int8_t *place) { return _mm256_cvtepi8_epi16(i8k_load128(place)); }

/// Eight Int16 as Float.
static inline __m256 i8k_float8(__m128i words) { return _mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(words)); }

static inline void i8k_store8(int8_t *place, __m128i value, size_t count) {
  if (count >= 16) {
    _mm_storeu_si128((__m128i *)place, value);
  } else if (count == 8) {
    _mm_storel_epi64((__m128i *)place, value);
  } else {
    int8_t bytes[16];
    _mm_storeu_si128((__m128i *)bytes, value);
    for (size_t i = 0; i < count; ++i) place[i] = bytes[i];
  }
}

static inline void i8k_store16(int16_t *place, __m256i value, size_t count) {
  if (count >= 16) {
    _mm256_storeu_si256((__m256i *)place, value);
  } else {
    int16_t words[16];
    _mm256_storeu_si256((__m256i *)words, value);
    for (size_t i = 0; i < count; ++i) place[i] = words[i];
  }
}

/// Sixteen Int32 that fit Int16, in order.
static inline __m256i i8k_pack32(__m256i first, __m256i second) {
  return _mm256_permute4x64_epi64(_mm256_packs_epi32(first, second), 0xd8);
}

/// Sixteen Int16, saturated to Int8, in order.
static inline __m128i i8k_pack16(__m256i words) {
  return _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

static inline __m256 i8k_clamp_avx2(__m256 x, __m256 lower, __m256 upper) {
  return _mm256_min_ps(_mm256_max_ps(x, lower), upper);
}

/// Four elements of 32 bits, then the four that stand eight further on.
static inline __m256i i8k_load_split(const void *place) {
  const char *bytes = place;
  return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)bytes)),
                                 _mm_loadu_si128((const __m128i *)(bytes + 32)), 1);
}

// Epilogues on 16 accumulators in two registers. In a convolution these are channels 0–7 and 8–15; in a depthwise one
// ("split") 0–3 and 8–11, then 4–7 and 12–15, the order in which vpackssdw leaves them sorted.

/// A panel's numbers, loaded once a call: the stores of bytes might alias the originals.
typedef struct {
  __m256 multipliers[2], negativeMultipliers[2], lower[2], upper[2], residualMultipliers[2];
  /// In the order that vpackssdw gives.
  __m256i zeroPoints;
  __m256i residualZeroPoints, minimum, maximum;
  /// Sorts the bytes of two pixels after both packs, in groups of four.
  __m256i order;
} i8k_numbers_avx2;

static inline __m256 i8k_load8_avx2(const float *values, int half, bool isSplit) {
  return isSplit ? _mm256_castsi256_ps(i8k_load_split(values + 4 * half)) : _mm256_loadu_ps(values + 8 * half);
}

static inline __attribute__((always_inline)) void i8k_load_numbers_avx2(const i8k_requantization *q, bool isStrip,
                                                                        bool isSplit, i8k_numbers_avx2 *n) {
  for (int half = 0; half < 2; ++half) {
    n->multipliers[half] = i8k_load8_avx2(q->multipliers, half, isSplit);
    if (isStrip) continue;
    n->lower[half] = i8k_load8_avx2(q->lower, half, isSplit);
    n->upper[half] = i8k_load8_avx2(q->upper, half, isSplit);
    if (q->negativeMultipliers)
      n->negativeMultipliers[half] = i8k_load8_avx2(q->negativeMultipliers, half, isSplit);
    if (q->residualMultipliers)
      n->residualMultipliers[half] = i8k_load8_avx2(q->residualMultipliers, half, isSplit);
  }
  if (isStrip) return;
  const __m256i zeroPoints = i8k_load256(q->zeroPoints);
  n->zeroPoints = isSplit ? zeroPoints : _mm256_permute4x64_epi64(zeroPoints, 0xd8);
  n->order = isSplit ? _mm256_setr_epi32(0, 1, 4, 5, 2, 3, 6, 7) : _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  n->minimum = _mm256_broadcastsi128_si256(i8k_load128(q->minimum));
  n->maximum = _mm256_broadcastsi128_si256(i8k_load128(q->maximum));
  if (q->residualZeroPoints) n->residualZeroPoints = i8k_load256(q->residualZeroPoints);
}

/// What an epilogue has to do, known when its code is made.
typedef struct {
  bool isSplit, isBounded, hasNegative, hasResidual;
} i8k_form_avx2;

/// rne(v) as Int16, saturated, in vpackssdw's order; `residual` is read where the form has one.
static inline __attribute__((always_inline)) __m256i i8k_words_avx2(const __m256i acc[2], const i8k_numbers_avx2 *n,
                                                                    const i8k_form_avx2 form,
                                                                    const int8_t *residual) {
  __m256i r = _mm256_setzero_si256(), words[2];
  if (form.hasResidual) r = _mm256_sub_epi16(i8k_widen16(residual), n->residualZeroPoints);
  for (int half = 0; half < 2; ++half) {
    __m256 m = n->multipliers[half];
    if (form.hasNegative) m = _mm256_blendv_ps(m, n->negativeMultipliers[half], _mm256_castsi256_ps(acc[half]));
    __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(acc[half]), m);
    if (form.hasResidual) {
      __m256i wide;
      if (form.isSplit) {
        const __m256i doubled = half ? _mm256_unpackhi_epi16(r, r) : _mm256_unpacklo_epi16(r, r);
        wide = _mm256_srai_epi32(doubled, 16);
      } else {
        wide = _mm256_cvtepi16_epi32(half ? _mm256_extracti128_si256(r, 1) : _mm256_castsi256_si128(r));
      }
      v = _mm256_add_ps(v, _mm256_mul_ps(_mm256_cvtepi32_ps(wide), n->residualMultipliers[half]));
    }
    if (!form.isBounded) v = i8k_clamp_avx2(v, n->lower[half], n->upper[half]);
    words[half] = _mm256_cvtps_epi32(v);
  }
  return _mm256_packs_epi32(words[0], words[1]);
}

/// Two pixels of 16 channels, q8; where `second` is NULL there is but one.
static inline __attribute__((always_inline)) void i8k_store_pair_avx2(const __m256i a[2], const __m256i b[2],
                                                                      const i8k_numbers_avx2 *n,
                                                                      const i8k_form_avx2 form,
                                                                      const int8_t *residualA,
                                                                      const int8_t *residualB, int8_t *first,
                                                                      int8_t *second, size_t count) {
  const __m256i wordsA = _mm256_adds_epi16(i8k_words_avx2(a, n, form, residualA), n->zeroPoints);
  const __m256i wordsB = _mm256_adds_epi16(i8k_words_avx2(b, n, form, residualB), n->zeroPoints);
  __m256i y = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(wordsA, wordsB), n->order);
  y = _mm256_min_epi8(_mm256_max_epi8(y, n->minimum), n->maximum);
  i8k_store8(first, _mm256_castsi256_si128(y), count);
  if (second) i8k_store8(second, _mm256_extracti128_si256(y, 1), count);
}

/// One pixel of 16 channels, q16.
static inline __attribute__((always_inline)) void i8k_store_strip_avx2(const __m256i acc[2],
                                                                       const i8k_numbers_avx2 *n, bool isSplit,
                                                                       bool isBounded, int16_t *place,
                                                                       size_t count) {
  __m256i words[2];
  for (int half = 0; half < 2; ++half) {
    __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(acc[half]), n->multipliers[half]);
    if (!isBounded) v = i8k_clamp_avx2(v, _mm256_set1_ps(-32768.0f), _mm256_set1_ps(32767.0f));
    words[half] = _mm256_cvtps_epi32(v);
  }
  const __m256i y = _mm256_packs_epi32(words[0], words[1]);
  i8k_store16(place, isSplit ? y : _mm256_permute4x64_epi64(y, 0xd8), count);
}

#pragma clang attribute pop
#endif
