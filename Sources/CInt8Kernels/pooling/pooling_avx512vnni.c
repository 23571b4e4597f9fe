#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx512.h"

#pragma clang attribute push(__attribute__((target(I8K_AVX512_TARGET))), apply_to = function)

void i8k_max_pool_s8__avx512vnni(const i8k_pool_arguments *t) {
  for (size_t c = 0; c < t->channels; c += 64) {
    // Rows may be read up to a multiple of 32 only.
    const __mmask64 lanes = i8k_mask64(t->channels - c);
    __m512i largest = _mm512_set1_epi8(-128);
    for (size_t tap = 0; tap < t->taps; ++tap)
      largest = _mm512_max_epi8(largest, _mm512_maskz_loadu_epi8(lanes, t->rows[tap] + c));
    _mm512_mask_storeu_epi8(t->output + c, lanes, largest);
  }
}

typedef struct {
  __m512i low, high;
} sums32;

/// Adds 32 Int16 to as many Int32.
static inline void add_words(sums32 *sums, __m512i words) {
  sums->low = _mm512_add_epi32(sums->low, _mm512_cvtepi16_epi32(_mm512_castsi512_si256(words)));
  sums->high = _mm512_add_epi32(sums->high, _mm512_cvtepi16_epi32(_mm512_extracti64x4_epi64(words, 1)));
}

// A block's elements, or their differences from a zero point, fit Int16 even if all are largest: 256 · 128, 128 · 255.
enum { SUM_BLOCK = 256, DIFFERENCE_BLOCK = 128 };

void i8k_sum_s8__avx512vnni(const i8k_sum_arguments *t) {
  for (size_t c = 0; c < t->channels; c += 32) {
    sums32 sums = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (size_t first = 0; first < t->pixels; first += SUM_BLOCK) {
      const size_t end = t->pixels - first < SUM_BLOCK ? t->pixels : first + SUM_BLOCK;
      const int8_t *place = t->input + first * t->strideBytes + c;
      __m512i words = _mm512_setzero_si512();
      for (size_t pixel = first; pixel < end; ++pixel, place += t->strideBytes)
        words = _mm512_add_epi16(words, _mm512_cvtepi8_epi16(i8k_load_half512(place)));
      add_words(&sums, words);
    }
    const size_t left = t->channels - c;
    _mm512_mask_storeu_epi32(t->sums + c, i8k_mask16(left), sums.low);
    if (left > 16) _mm512_mask_storeu_epi32(t->sums + c + 16, i8k_mask16(left - 16), sums.high);
  }
}

/// rne(clamp(f32(sum)·m, lower, upper)) of channels c…c + 15, as Int16.
static inline __m256i average16(const i8k_pool_arguments *t, size_t c, __m512i sum) {
  const __m512 v = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(t->multipliers + c));
  const __m512 bounded =
      _mm512_min_ps(_mm512_max_ps(v, _mm512_loadu_ps(t->lower + c)), _mm512_loadu_ps(t->upper + c));
  return _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(bounded));
}

void i8k_average_pool_s8__avx512vnni(const i8k_pool_arguments *t) {
  for (size_t c = 0; c < t->channels; c += 32) {
    const __m512i inputZeroPoints = i8k_load512(t->inputZeroPoints + c);
    sums32 sums = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    for (size_t first = 0; first < t->taps; first += DIFFERENCE_BLOCK) {
      const size_t end = t->taps - first < DIFFERENCE_BLOCK ? t->taps : first + DIFFERENCE_BLOCK;
      __m512i words = _mm512_setzero_si512();
      for (size_t tap = first; tap < end; ++tap) {
        const __m512i elements = _mm512_cvtepi8_epi16(i8k_load_half512(t->rows[tap] + c));
        words = _mm512_add_epi16(words, _mm512_sub_epi16(elements, inputZeroPoints));
      }
      add_words(&sums, words);
    }
    const __m512i words = _mm512_inserti64x4(_mm512_castsi256_si512(average16(t, c, sums.low)),
                                             average16(t, c + 16, sums.high), 1);
    const __m512i y = _mm512_add_epi16(words, i8k_load512(t->zeroPoints + c));
    i8k_store_bytes32(t->output + c, _mm512_cvtepi16_epi8(y), t->channels - c);
  }
}

#pragma clang attribute pop
#endif
