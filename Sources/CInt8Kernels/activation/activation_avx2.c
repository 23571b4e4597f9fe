#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// Two rows of 16 channels at a time. Their segment numbers are packed to bytes, so that one vpshufb looks up the low bytes
// of 32 entries and another the high ones; interleaving the two gives Int16 entries in the order of the rows again.

/// Sixteen Int16 entries for vpshufb: their low bytes and their high bytes, in both halves of a register.
typedef struct {
  __m256i low, high;
} table;

static inline table table_of(const int16_t *entries) {
  int8_t low[16], high[16];
  for (int i = 0; i < 16; ++i) {
    low[i] = (int8_t)(uint8_t)((uint16_t)entries[i] & 0xff);
    high[i] = (int8_t)(uint8_t)((uint16_t)entries[i] >> 8);
  }
  return (table){_mm256_broadcastsi128_si256(i8k_load128(low)), _mm256_broadcastsi128_si256(i8k_load128(high))};
}

static inline void look_up(const table *t, __m256i indices, __m256i entries[2]) {
  const __m256i low = _mm256_shuffle_epi8(t->low, indices), high = _mm256_shuffle_epi8(t->high, indices);
  entries[0] = _mm256_unpacklo_epi8(low, high);
  entries[1] = _mm256_unpackhi_epi8(low, high);
}

/// Sixteen channels' numbers, or twice eight channels'.
typedef struct {
  __m256i limits, scales, halves, gains, zeroPoints;
} numbers;

static inline numbers numbers_at(const i8k_activation_arguments *a, size_t c, bool isNarrow) {
  const int16_t *values[5] = {a->limits, a->scales, a->halves, a->gains, a->zeroPoints};
  __m256i n[5];
  for (int i = 0; i < 5; ++i)
    n[i] = isNarrow ? _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)values[i]))
                    : i8k_load256(values[i] + c);
  return (numbers){n[0], n[1], n[2], n[3], n[4]};
}

/// The results of two registers, one in each half.
static inline __attribute__((always_inline)) __m256i activated(const __m256i t[2], const numbers *n,
                                                               const table tables[3], __m256i offset,
                                                               const bool isOdd) {
  __m256i u[2], a0[2], a1[2], a2[2], y[2];
  for (int i = 0; i < 2; ++i)
    u[i] = _mm256_mullo_epi16(_mm256_min_epu16(_mm256_abs_epi16(t[i]), n->limits), n->scales);
  const __m256i segments = _mm256_packus_epi16(_mm256_srli_epi16(u[0], 11), _mm256_srli_epi16(u[1], 11));
  look_up(&tables[0], segments, a0);
  look_up(&tables[1], segments, a1);
  look_up(&tables[2], segments, a2);
  for (int i = 0; i < 2; ++i) {
    // (u & 2047) << 4
    const __m256i x = _mm256_srli_epi16(_mm256_slli_epi16(u[i], 5), 1);
    const __m256i linear = _mm256_add_epi16(_mm256_mulhrs_epi16(a2[i], x), a1[i]);
    const __m256i r = _mm256_add_epi16(_mm256_mulhrs_epi16(linear, x), a0[i]);
    __m256i v;
    if (isOdd) {
      const __m256i sign = _mm256_srai_epi16(t[i], 15);
      v = _mm256_add_epi16(offset, _mm256_sub_epi16(_mm256_xor_si256(r, sign), sign));
    } else {
      v = _mm256_sub_epi16(_mm256_max_epi16(t[i], _mm256_setzero_si256()), _mm256_mulhrs_epi16(r, n->halves));
    }
    y[i] = _mm256_adds_epi16(n->zeroPoints, _mm256_mulhrs_epi16(v, n->gains));
  }
  return _mm256_permute4x64_epi64(_mm256_packs_epi16(y[0], y[1]), 0xd8);
}

/// Up to 16 channels of every row.
static inline __attribute__((always_inline)) void run_wide(const i8k_activation_arguments *a, const table tables[3],
                                                           size_t c, const bool isOdd) {
  const numbers n = numbers_at(a, c, false);
  const __m256i offset = _mm256_set1_epi16(a->offset);
  const size_t count = a->channels - c < 16 ? a->channels - c : 16;
  const size_t stride = a->stripStrideBytes, outputStride = a->outputStrideBytes;
  const char *strip = (const char *)(a->strip + c);
  int8_t *output = a->output + c;
  size_t left = a->rows;
  for (; left > 1; left -= 2, strip += 2 * stride, output += 2 * outputStride) {
    const __m256i t[2] = {i8k_load256((const int16_t *)strip), i8k_load256((const int16_t *)(strip + stride))};
    const __m256i y = activated(t, &n, tables, offset, isOdd);
    i8k_store8(output, _mm256_castsi256_si128(y), count);
    i8k_store8(output + outputStride, _mm256_extracti128_si256(y, 1), count);
  }
  if (left == 0) return;
  const __m256i t = i8k_load256((const int16_t *)strip), both[2] = {t, t};
  i8k_store8(output, _mm256_castsi256_si128(activated(both, &n, tables, offset, isOdd)), count);
}

/// Rows of eight channels that stand together: two a register.
static inline __attribute__((always_inline)) void run_narrow(const i8k_activation_arguments *a, const table tables[3],
                                                             const bool isOdd) {
  const numbers n = numbers_at(a, 0, true);
  const __m256i offset = _mm256_set1_epi16(a->offset);
  const int16_t *strip = a->strip;
  int8_t *output = a->output;
  const size_t stride = a->outputStrideBytes;
  for (size_t left = a->rows;; left -= 4, strip += 32, output += 4 * stride) {
    const __m256i first = i8k_load256(strip), t[2] = {first, left > 2 ? i8k_load256(strip + 16) : first};
    const __m256i y = activated(t, &n, tables, offset, isOdd);
    const __m128i low = _mm256_castsi256_si128(y), high = _mm256_extracti128_si256(y, 1);
    i8k_store8(output, low, 8);
    if (left > 1) i8k_store8(output + stride, _mm_unpackhi_epi64(low, low), 8);
    if (left > 2) i8k_store8(output + 2 * stride, high, 8);
    if (left > 3) i8k_store8(output + 3 * stride, _mm_unpackhi_epi64(high, high), 8);
    if (left <= 4) return;
  }
}

static inline __attribute__((always_inline)) void run(const i8k_activation_arguments *a, const bool isOdd) {
  const table tables[3] = {table_of(a->a0), table_of(a->a1), table_of(a->a2)};
  if (a->rows == 0) return;
  if (a->channels == 8 && a->stripStrideBytes == 16) return run_narrow(a, tables, isOdd);
  for (size_t c = 0; c < a->channels; c += 16) run_wide(a, tables, c, isOdd);
}

void i8k_activation_s16__avx2(const i8k_activation_arguments *a) {
  if (a->isOdd)
    run(a, true);
  else
    run(a, false);
}

#pragma clang attribute pop
#endif
