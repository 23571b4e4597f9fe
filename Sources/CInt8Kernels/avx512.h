// What the avx512vnni files share: masks, and the epilogues on 64 accumulators at a time. After base.h and immintrin.h.
#ifndef I8K_AVX512_H
#define I8K_AVX512_H

#define I8K_AVX512_TARGET "avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"

/// Before a loop over registers, which must not become an array in memory.
#define I8K_UNROLL _Pragma("clang loop unroll(full)")

#pragma clang attribute push(__attribute__((target(I8K_AVX512_TARGET), always_inline)), apply_to = function)

static inline __m512i i8k_load512(const void *place) { return _mm512_loadu_si512(place); }

static inline __m256i i8k_load_half512(const void *place) { return _mm256_loadu_si256((const __m256i *)place); }

static inline __m128i i8k_load_quarter512(const void *place) { return _mm_loadu_si128((const __m128i *)place); }

/// The first `count` of 16, 32 or 64 lanes.
static inline __mmask16 i8k_mask16(size_t count) { return (__mmask16)(count < 16 ? (1u << count) - 1 : 0xffffu); }
static inline __mmask32 i8k_mask32(size_t count) { return count < 32 ? (1u << count) - 1 : ~0u; }
static inline __mmask64 i8k_mask64(size_t count) { return count < 64 ? (1ull << count) - 1 : ~0ull; }

static inline void i8k_store_bytes32(void *place, __m256i bytes, size_t count) {
  if (count >= 32)
    _mm256_storeu_si256((__m256i *)place, bytes);
  else
    _mm256_mask_storeu_epi8(place, i8k_mask32(count), bytes);
}

static inline void i8k_store_words32(void *place, __m512i words, size_t count) {
  if (count >= 32)
    _mm512_storeu_si512(place, words);
  else
    _mm512_mask_storeu_epi16(place, i8k_mask32(count), words);
}

/// How the 32 channels of a panel lie in registers of 16 lanes.
typedef enum {
  /// Register h has channels 16h…16h + 15.
  i8k_lanes_in_order,
  /// Register j has channels 4j…4j + 3 and 16 + 4j…16 + 4j + 3, twice: what unpacking bytes and then words gives.
  i8k_lanes_unpacked,
} i8k_lanes;

static inline __m512i i8k_arranged512(const void *numbers, int j, const i8k_lanes lanes) {
  const int32_t *place = numbers;
  if (lanes == i8k_lanes_in_order) return i8k_load512(place + 16 * j);
  const __m128i first = i8k_load_quarter512(place + 4 * j), second = i8k_load_quarter512(place + 16 + 4 * j);
  return _mm512_broadcast_i32x8(_mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1));
}

/// A panel's numbers by register, loaded once a call.
typedef struct {
  __m512 multipliers[4], negativeMultipliers[4], upper[4], residualMultipliers[4];
  __m512i residualZeroPoints[4];
  /// Int16: zero point and smallest result of a pair of registers, as vpackssdw joins them.
  __m512i zeroPoints[2], least[2];
  bool hasNegatives;
} i8k_numbers512;

/// The numbers of `count` registers; one register makes a pair with itself. A strip's multipliers serve both signs.
static inline void i8k_load_numbers512(const i8k_requantization *q, const int count, const i8k_lanes lanes,
                                       const bool isStrip, i8k_numbers512 *n) {
  int32_t zeroPoints[32], least[32], residual[32];
  for (int o = 0; o < 16 * (count < 2 ? 1 : 2); ++o) {
    zeroPoints[o] = q->zeroPoints[o];
    least[o] = (int32_t)q->lower[o] + zeroPoints[o];
    residual[o] = q->residualZeroPoints ? q->residualZeroPoints[o] : 0;
  }
  n->hasNegatives = !isStrip && q->negativeMultipliers != NULL;
  for (int j = 0; j < count; ++j) {
    n->multipliers[j] = _mm512_castsi512_ps(i8k_arranged512(q->multipliers, j, lanes));
    n->upper[j] = _mm512_castsi512_ps(i8k_arranged512(q->upper, j, lanes));
    if (q->negativeMultipliers)
      n->negativeMultipliers[j] = _mm512_castsi512_ps(i8k_arranged512(q->negativeMultipliers, j, lanes));
    if (q->residualMultipliers)
      n->residualMultipliers[j] = _mm512_castsi512_ps(i8k_arranged512(q->residualMultipliers, j, lanes));
    n->residualZeroPoints[j] = i8k_arranged512(residual, j, lanes);
  }
  for (int pair = 0; pair < (count + 1) / 2; ++pair) {
    const int first = 2 * pair, second = count < 2 ? 0 : first + 1;
    n->zeroPoints[pair] = _mm512_packs_epi32(i8k_arranged512(zeroPoints, first, lanes),
                                             i8k_arranged512(zeroPoints, second, lanes));
    n->least[pair] =
        _mm512_packs_epi32(i8k_arranged512(least, first, lanes), i8k_arranged512(least, second, lanes));
  }
}

/// f32(acc)·m of register j.
static inline __m512 i8k_scale512(__m512i acc, const i8k_numbers512 *n, int j) {
  __m512 m = n->multipliers[j];
  if (n->hasNegatives) m = _mm512_mask_mov_ps(m, _mm512_movepi32_mask(acc), n->negativeMultipliers[j]);
  return _mm512_mul_ps(_mm512_cvtepi32_ps(acc), m);
}

/// f32(r − residual zero point)·residual multiplier.
static inline __m512 i8k_residual512(__m512i r, __m512i zeroPoints, __m512 multipliers) {
  return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(r, zeroPoints)), multipliers);
}

/// The q8 epilogue from v on, of four registers that follow `count` registers' numbers in turn. In each 128-bit lane
/// the result has 4 bytes of every register.
///
/// The upper bound is taken in Float, where nothing has overflowed; what is below −2³¹ converts to −2³¹, saturates to
/// −32768 and meets the lower bound among words.
static inline __m512i i8k_requantize512(const __m512 v[4], const int count, const i8k_numbers512 *n) {
  __m512i words[2];
  for (int pair = 0; pair < 2; ++pair) {
    __m512i rounded[2];
    for (int k = 0; k < 2; ++k) {
      const int j = 2 * pair + k;
      rounded[k] = _mm512_cvtps_epi32(_mm512_min_ps(v[j], n->upper[j % count]));
    }
    const int numbers = count == 4 ? pair : 0;
    words[pair] = _mm512_adds_epi16(_mm512_packs_epi32(rounded[0], rounded[1]), n->zeroPoints[numbers]);
    words[pair] = _mm512_max_epi16(words[pair], n->least[numbers]);
  }
  return _mm512_packs_epi16(words[0], words[1]);
}

/// Two registers of a strip rounded, as Int16: 4 of each in every 128-bit lane. What may overflow meets 32767 in Float.
static inline __m512i i8k_words512(__m512 first, __m512 second, const bool isBounded) {
  const __m512 upper = _mm512_set1_ps(32767.0f);
  if (!isBounded) {
    first = _mm512_min_ps(first, upper);
    second = _mm512_min_ps(second, upper);
  }
  return _mm512_packs_epi32(_mm512_cvtps_epi32(first), _mm512_cvtps_epi32(second));
}

/// The numbers of a panel whose sums cannot overflow, by register; the limits are those of bytes in the panel's order.
typedef struct {
  __m512 multipliers[4], residualMultipliers[2];
  __m512i residualZeroPoints[2];
  /// Int16, of a pair of registers as vpackssdw joins them.
  __m512i zeroPoints[2];
  __m512i least, greatest;
  bool clamps;
} i8k_bounded512;

/// The numbers of `count` registers; one register makes a pair with itself. A residual's are for lanes in order.
static inline void i8k_load_bounded512(const i8k_requantization *q, const int count, const i8k_lanes lanes,
                                       i8k_bounded512 *n) {
  I8K_UNROLL
  for (int j = 0; j < count; ++j) n->multipliers[j] = _mm512_castsi512_ps(i8k_arranged512(q->multipliers, j, lanes));
  int32_t zeroPoints[32];
  I8K_UNROLL
  for (int h = 0; h < (count < 2 ? 1 : 2); ++h)
    _mm512_storeu_si512(zeroPoints + 16 * h, _mm512_cvtepi16_epi32(i8k_load_half512(q->zeroPoints + 16 * h)));
  I8K_UNROLL
  for (int pair = 0; pair < (count + 1) / 2; ++pair)
    n->zeroPoints[pair] = _mm512_packs_epi32(i8k_arranged512(zeroPoints, 2 * pair, lanes),
                                             i8k_arranged512(zeroPoints, count < 2 ? 0 : 2 * pair + 1, lanes));
  if (count < 2) {
    n->least = _mm512_broadcast_i32x4(i8k_load_quarter512(q->minimum));
    n->greatest = _mm512_broadcast_i32x4(i8k_load_quarter512(q->maximum));
  } else {
    n->least = _mm512_broadcast_i64x4(i8k_load_half512(q->minimum));
    n->greatest = _mm512_broadcast_i64x4(i8k_load_half512(q->maximum));
  }
  const __m512i lowest = _mm512_set1_epi8(-128), highest = _mm512_set1_epi8(127);
  n->clamps = (_mm512_cmpgt_epi8_mask(n->least, lowest) | _mm512_cmplt_epi8_mask(n->greatest, highest)) != 0;
  if (!q->residualMultipliers) return;
  I8K_UNROLL
  for (int h = 0; h < (count < 2 ? 1 : 2); ++h) {
    n->residualMultipliers[h] = _mm512_castsi512_ps(i8k_load512(q->residualMultipliers + 16 * h));
    n->residualZeroPoints[h] = _mm512_cvtepi16_epi32(i8k_load_half512(q->residualZeroPoints + 16 * h));
  }
}

/// f32(acc)·m of register j.
static inline __m512 i8k_bounded_scale512(__m512i acc, const i8k_bounded512 *n, int j) {
  return _mm512_mul_ps(_mm512_cvtepi32_ps(acc), n->multipliers[j]);
}

/// Two pairs of registers, that have the zero points of these pairs, as bytes: 4 of each register in every 128-bit lane.
static inline __m512i i8k_bounded_bytes512(__m512i low, int lowPair, __m512i high, int highPair,
                                           const i8k_bounded512 *n) {
  return _mm512_packs_epi16(_mm512_adds_epi16(low, n->zeroPoints[lowPair]),
                            _mm512_adds_epi16(high, n->zeroPoints[highPair]));
}

/// Bytes in the panel's order, within its limits.
static inline __m512i i8k_bounded_clamp512(__m512i bytes, const i8k_bounded512 *n) {
  return n->clamps ? _mm512_min_epi8(_mm512_max_epi8(bytes, n->least), n->greatest) : bytes;
}

#pragma clang attribute pop
#endif
