#include "prepare.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)

I8K_PREPARE(i8k_offset__avxvnni) {
  const __m256i sign = _mm256_set1_epi8(-128);
  char *place = destination;
  for (size_t row = 0; row < rows; ++row, source += sourceStrideBytes, place += destinationStrideBytes) {
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
      const __m256i elements = _mm256_loadu_si256((const __m256i *)(source + i));
      _mm256_storeu_si256((__m256i *)(place + i), _mm256_xor_si256(elements, sign));
    }
    // Sixteen are a depthwise panel.
    for (; i < count; i += 16) {
      const __m128i elements = _mm_xor_si128(i8k_load128(source + i), _mm256_castsi256_si128(sign));
      i8k_store8((int8_t *)place + i, elements, count - i);
    }
  }
}

#pragma clang attribute pop
#endif
