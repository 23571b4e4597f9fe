#include "resample.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#define I8K_INLINE static inline __attribute__((always_inline))

/// Four pixels from byte `first` of 16 as words, RGB0 of two pixels interleaved: (0, 1) in the low half, (2, 3) in the high.
I8K_INLINE __m256i pixel_order(char first) {
  const __m256i order = _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,  //
                                         6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
  return _mm256_or_si256(_mm256_add_epi8(order, _mm256_set1_epi8(first)),
                         _mm256_cmpgt_epi8(_mm256_setzero_si256(), order));
}

/// Weights 0, 1 in every word pair of the low half, 2, 3 in the high.
I8K_INLINE __m256i four_weights(const int16_t *weights) {
  int64_t four;
  memcpy(&four, weights, sizeof four);
  return _mm256_permutevar8x32_epi32(_mm256_set1_epi64x(four), _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1));
}

/// The three bytes of a pixel from the sums of its even and odd pairs of taps.
I8K_INLINE void store_pixel(__m256i low, __m256i high, uint8_t *output) {
  const __m256i both = _mm256_add_epi32(low, _mm256_slli_epi32(high, i8k_resample_split));
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
  sum = _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(i8k_resample_half)), i8k_resample_bits);
  sum = _mm_packs_epi32(sum, sum);
  const uint32_t bytes = (uint32_t)_mm_cvtsi128_si32(_mm_packus_epi16(sum, sum));
  memcpy(output, &bytes, 3);
}

/// Output x of `count` rows.
I8K_INLINE void pixel_of_rows(const i8k_resample_rows_arguments *t, const uint8_t *rows, size_t count, size_t x,
                              uint8_t *output) {
  // 16 bytes are read for 12: the last pixels of a row are reached from four bytes before.
  const size_t before = (t->starts[x] + t->taps) * 3 + 4 > t->width * 3 ? 4 : 0;
  const __m256i order = pixel_order((char)before);
  const uint8_t *source = rows + t->starts[x] * 3 - before;
  const int16_t *low = t->low + x * t->taps, *high = t->high + x * t->taps;
  __m256i sums[4][2];
  for (size_t r = 0; r < count; ++r) sums[r][0] = sums[r][1] = _mm256_setzero_si256();
  for (size_t tap = 0; tap < t->taps; tap += 4, source += 12) {
    const __m256i wLow = four_weights(low + tap), wHigh = four_weights(high + tap);
    for (size_t r = 0; r < count; ++r) {
      const __m128i bytes = _mm_loadu_si128((const __m128i *)(source + r * t->inputStrideBytes));
      const __m256i pixels = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), order);
      sums[r][0] = _mm256_add_epi32(sums[r][0], _mm256_madd_epi16(pixels, wLow));
      sums[r][1] = _mm256_add_epi32(sums[r][1], _mm256_madd_epi16(pixels, wHigh));
    }
  }
  for (size_t r = 0; r < count; ++r) store_pixel(sums[r][0], sums[r][1], output + r * t->outputStrideBytes);
}

I8K_INLINE void some_rows(const i8k_resample_rows_arguments *t, size_t first, size_t count) {
  const uint8_t *rows = t->input + first * t->inputStrideBytes;
  uint8_t *output = t->output + first * t->outputStrideBytes;
  for (size_t x = 0; x < t->outputs; ++x) pixel_of_rows(t, rows, count, x, output + x * 3);
}

void i8k_resample_rows_u8__avx2(const i8k_resample_rows_arguments *arguments) {
  const i8k_resample_rows_arguments t = *arguments;
  // With three pixels more than taps, four bytes stand before or after whatever is read.
  if (t.taps % 4 != 0 || t.width < t.taps + 3) {
    i8k_resample_rows_u8__scalar(arguments);
    return;
  }
  size_t row = 0;
  for (; row + 4 <= t.rows; row += 4) some_rows(&t, row, 4);
  for (; row < t.rows; ++row) some_rows(&t, row, 1);
}

/// 64 bytes of a row along y.
I8K_INLINE void block(const i8k_resample_columns_arguments *t, size_t first) {
  __m256i sums[8];
  for (int i = 0; i < 8; ++i) sums[i] = _mm256_set1_epi32(i8k_resample_half);
  const uint8_t *source = t->input + first;
  for (size_t tap = 0; tap < t->taps; ++tap, source += t->inputStrideBytes) {
    const __m256i weight = _mm256_set1_epi32(t->weights[tap]);
    for (int i = 0; i < 8; ++i) {
      const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(source + 8 * i)));
      sums[i] = _mm256_add_epi32(sums[i], _mm256_mullo_epi32(bytes, weight));
    }
  }
  for (int i = 0; i < 8; ++i) sums[i] = _mm256_srai_epi32(sums[i], i8k_resample_bits);
  for (int i = 0; i < 2; ++i) {
    const __m256i words = _mm256_packs_epi32(sums[4 * i], sums[4 * i + 1]);
    const __m256i more = _mm256_packs_epi32(sums[4 * i + 2], sums[4 * i + 3]);
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(words, more), order);
    _mm256_storeu_si256((__m256i *)(t->output + first + 32 * i), bytes);
  }
}

void i8k_resample_columns_u8__avx2(const i8k_resample_columns_arguments *arguments) {
  const i8k_resample_columns_arguments t = *arguments;
  size_t first = 0;
  for (; first + 64 <= t.count; first += 64) block(&t, first);
  i8k_resample_rest(&t, first);
}

#pragma clang attribute pop
#endif
