#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx512.h"

#pragma clang attribute push(__attribute__((target(I8K_AVX512_TARGET))), apply_to = function)

// 32 elements a step; a table's sixteen entries are one register, in both halves, that vpermw looks up.

static inline __m512i table_of(const int16_t *entries) { return _mm512_broadcast_i64x4(i8k_load_half512(entries)); }

/// The numbers of 32 channels.
typedef struct {
  __m512i limits, scales, halves, gains, zeroPoints;
} numbers;

static inline numbers numbers_at(const i8k_activation_arguments *a, size_t c) {
  return (numbers){i8k_load512(a->limits + c), i8k_load512(a->scales + c), i8k_load512(a->halves + c),
                   i8k_load512(a->gains + c), i8k_load512(a->zeroPoints + c)};
}

/// 32 channels of all rows. Loops of their own for odd functions and for whole panels: nothing is decided within.
static inline void activate(const i8k_activation_arguments *a, size_t c, const bool isOdd, const bool isWhole) {
  const __m512i a0 = table_of(a->a0), a1 = table_of(a->a1), a2 = table_of(a->a2);
  const __m512i remainder = _mm512_set1_epi16(2047), offset = _mm512_set1_epi16(a->offset);
  const numbers n = numbers_at(a, c);
  const char *strip = (const char *)(a->strip + c);
  int8_t *output = a->output + c;
  const size_t stripStride = a->stripStrideBytes, outputStride = a->outputStrideBytes;
  const __mmask32 channels = i8k_mask32(a->channels - c);
  for (size_t row = a->rows; row > 0; --row, strip += stripStride, output += outputStride) {
    const __m512i t = i8k_load512(strip);
    const __m512i u = _mm512_mullo_epi16(_mm512_min_epu16(_mm512_abs_epi16(t), n.limits), n.scales);
    const __m512i i = _mm512_srli_epi16(u, 11);
    const __m512i x = _mm512_slli_epi16(_mm512_and_si512(u, remainder), 4);
    const __m512i linear = _mm512_add_epi16(_mm512_mulhrs_epi16(_mm512_permutexvar_epi16(i, a2), x),
                                            _mm512_permutexvar_epi16(i, a1));
    const __m512i r = _mm512_add_epi16(_mm512_mulhrs_epi16(linear, x), _mm512_permutexvar_epi16(i, a0));
    __m512i v;
    if (isOdd) {
      const __mmask32 isNegative = _mm512_movepi16_mask(t);
      v = _mm512_mask_sub_epi16(_mm512_add_epi16(offset, r), isNegative, offset, r);
    } else {
      v = _mm512_sub_epi16(_mm512_max_epi16(t, _mm512_setzero_si512()), _mm512_mulhrs_epi16(r, n.halves));
    }
    const __m512i y = _mm512_adds_epi16(n.zeroPoints, _mm512_mulhrs_epi16(v, n.gains));
    if (isWhole)
      _mm256_storeu_si256((__m256i *)(void *)output, _mm512_cvtsepi16_epi8(y));
    else
      _mm256_mask_storeu_epi8(output, channels, _mm512_cvtsepi16_epi8(y));
  }
}

void i8k_activation_s16__avx512vnni(const i8k_activation_arguments *a) {
  for (size_t c = 0; c < a->channels; c += 32) {
    const bool isWhole = a->channels - c >= 32;
    if (a->isOdd)
      activate(a, c, true, false);
    else if (isWhole)
      activate(a, c, false, true);
    else
      activate(a, c, false, false);
  }
}

#pragma clang attribute pop
#endif
