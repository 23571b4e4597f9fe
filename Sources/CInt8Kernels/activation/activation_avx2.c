#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

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

/// entries[i] for each lane's i; `lowIndex` has i in the low byte and 0x80 (which reads as 0) in the high one,
/// `highIndex` the reverse.
static inline __m256i look_up(table t, __m256i lowIndex, __m256i highIndex) {
  return _mm256_or_si256(_mm256_shuffle_epi8(t.low, lowIndex), _mm256_shuffle_epi8(t.high, highIndex));
}

/// Numbers of the channels from c on; where a row is eight channels, twice those: two rows are done at a time.
static inline __m256i numbers_at(const int16_t *values, size_t c, bool isNarrow) {
  return isNarrow ? _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)values)) : i8k_load256(values + c);
}

void i8k_activation_s16__avx2(const i8k_activation_arguments *a) {
  // Rows of eight that stand together.
  const bool isNarrow = a->channels == 8 && a->stripStrideBytes == 16;
  const size_t step = isNarrow ? 2 : 1;
  const table a0 = table_of(a->a0), a1 = table_of(a->a1), a2 = table_of(a->a2);
  const __m256i remainder = _mm256_set1_epi16(2047), offset = _mm256_set1_epi16(a->offset);
  const __m256i noHigh = _mm256_set1_epi16((int16_t)0x8000), noLow = _mm256_set1_epi16(0x0080);
  for (size_t c = 0; c < a->channels; c += 16) {
    const size_t count = a->channels - c < 16 ? a->channels - c : 16;
    const __m256i limits = numbers_at(a->limits, c, isNarrow), scales = numbers_at(a->scales, c, isNarrow);
    const __m256i halves = numbers_at(a->halves, c, isNarrow), gains = numbers_at(a->gains, c, isNarrow);
    const __m256i zeroPoints = numbers_at(a->zeroPoints, c, isNarrow);
    for (size_t row = 0; row < a->rows; row += step) {
      const __m256i t = i8k_load256((const int16_t *)((const char *)a->strip + row * a->stripStrideBytes) + c);
      const __m256i u = _mm256_mullo_epi16(_mm256_min_epu16(_mm256_abs_epi16(t), limits), scales);
      const __m256i i = _mm256_srli_epi16(u, 11);
      const __m256i x = _mm256_slli_epi16(_mm256_and_si256(u, remainder), 4);
      const __m256i lowIndex = _mm256_or_si256(i, noHigh);
      const __m256i highIndex = _mm256_or_si256(_mm256_slli_epi16(i, 8), noLow);
      const __m256i linear = _mm256_add_epi16(_mm256_mulhrs_epi16(look_up(a2, lowIndex, highIndex), x),
                                              look_up(a1, lowIndex, highIndex));
      const __m256i r = _mm256_add_epi16(_mm256_mulhrs_epi16(linear, x), look_up(a0, lowIndex, highIndex));
      __m256i v;
      if (a->isOdd) {
        const __m256i sign = _mm256_srai_epi16(t, 15);
        v = _mm256_add_epi16(offset, _mm256_sub_epi16(_mm256_xor_si256(r, sign), sign));
      } else {
        v = _mm256_sub_epi16(_mm256_max_epi16(t, _mm256_setzero_si256()), _mm256_mulhrs_epi16(r, halves));
      }
      const __m256i y = _mm256_adds_epi16(zeroPoints, _mm256_mulhrs_epi16(v, gains));
      const __m128i bytes = i8k_pack16(y);
      int8_t *output = a->output + row * a->outputStrideBytes + c;
      i8k_store8(output, bytes, count);
      if (isNarrow && row + 1 < a->rows) i8k_store8(output + a->outputStrideBytes, _mm_unpackhi_epi64(bytes, bytes), 8);
    }
  }
}

#pragma clang attribute pop
#endif
