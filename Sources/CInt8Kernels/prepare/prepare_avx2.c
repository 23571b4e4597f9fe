#include "prepare.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

I8K_PREPARE(i8k_widen__avx2) {
  char *place = destination;
  for (size_t row = 0; row < rows; ++row, source += sourceStrideBytes, place += destinationStrideBytes) {
    int16_t *words = (int16_t *)place;
    size_t i = 0;
    for (; i + 16 <= count; i += 16) _mm256_storeu_si256((__m256i *)(words + i), i8k_widen16(source + i));
    if (i < count) i8k_store16(words + i, i8k_widen16(source + i), count - i);
  }
}

/// Every element XOR that of the mask.
static inline __attribute__((always_inline)) void prepare_bytes(const int8_t *source, size_t sourceStrideBytes,
                                                                char *place, size_t destinationStrideBytes,
                                                                size_t rows, size_t count, __m256i mask) {
  const __m128i half = _mm256_castsi256_si128(mask);
  for (size_t row = 0; row < rows; ++row, source += sourceStrideBytes, place += destinationStrideBytes) {
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
      const __m256i bytes = _mm256_loadu_si256((const __m256i *)(source + i));
      _mm256_storeu_si256((__m256i *)(place + i), _mm256_xor_si256(bytes, mask));
    }
    for (; i < count; i += 16)
      i8k_store8((int8_t *)place + i, _mm_xor_si128(i8k_load128(source + i), half), count - i);
  }
}

I8K_PREPARE(i8k_offset__avx2) {
  prepare_bytes(source, sourceStrideBytes, destination, destinationStrideBytes, rows, count,
                _mm256_set1_epi8((char)0x80));
}

I8K_PREPARE(i8k_turn__avx2) {
  prepare_bytes(source, sourceStrideBytes, destination, destinationStrideBytes, rows, count,
                _mm256_set1_epi16(0x7f80));
}

#pragma clang attribute pop
#endif
