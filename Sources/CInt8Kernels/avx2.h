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

/// rne(clamp(f32(acc)·m (+ residual)), lower, upper)) of channels o…o + 7; `r` holds their residual words.
static inline __m256i i8k_requantize8_avx2(__m256i acc, const i8k_requantization *q, size_t o, __m128i r) {
  __m256 m = _mm256_loadu_ps(q->multipliers + o);
  if (q->negativeMultipliers)
    m = _mm256_blendv_ps(m, _mm256_loadu_ps(q->negativeMultipliers + o), _mm256_castsi256_ps(acc));
  __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(acc), m);
  if (q->residualMultipliers) {
    v = _mm256_add_ps(v, _mm256_mul_ps(i8k_float8(r), _mm256_loadu_ps(q->residualMultipliers + o)));
  }
  return _mm256_cvtps_epi32(i8k_clamp_avx2(v, _mm256_loadu_ps(q->lower + o), _mm256_loadu_ps(q->upper + o)));
}

static inline __m128i i8k_requantize_avx2(__m256i low, __m256i high, const i8k_requantization *q,
                                          const int8_t *residual) {
  __m256i r = _mm256_setzero_si256();
  if (residual) r = _mm256_sub_epi16(i8k_widen16(residual), i8k_load256(q->residualZeroPoints));
  const __m256i words = i8k_pack32(i8k_requantize8_avx2(low, q, 0, _mm256_castsi256_si128(r)),
                                   i8k_requantize8_avx2(high, q, 8, _mm256_extracti128_si256(r, 1)));
  return i8k_pack16(_mm256_add_epi16(words, i8k_load256(q->zeroPoints)));
}

static inline __m256i i8k_requantize16_avx2(__m256i low, __m256i high, const i8k_requantization *q) {
  const __m256 lower = _mm256_set1_ps(-32768.0f), upper = _mm256_set1_ps(32767.0f);
  const __m256 first = _mm256_mul_ps(_mm256_cvtepi32_ps(low), _mm256_loadu_ps(q->multipliers));
  const __m256 second = _mm256_mul_ps(_mm256_cvtepi32_ps(high), _mm256_loadu_ps(q->multipliers + 8));
  return i8k_pack32(_mm256_cvtps_epi32(i8k_clamp_avx2(first, lower, upper)),
                    _mm256_cvtps_epi32(i8k_clamp_avx2(second, lower, upper)));
}

#pragma clang attribute pop
#endif
