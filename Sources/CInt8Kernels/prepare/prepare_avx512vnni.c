#include "prepare.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx512.h"

#pragma clang attribute push(__attribute__((target(I8K_AVX512_TARGET))), apply_to = function)

I8K_PREPARE(i8k_offset__avx512vnni) {
  const __m512i sign = _mm512_set1_epi8(-128);
  char *place = destination;
  for (size_t row = 0; row < rows; ++row, source += sourceStrideBytes, place += destinationStrideBytes) {
    size_t i = 0;
    for (; i + 64 <= count; i += 64)
      _mm512_storeu_si512(place + i, _mm512_xor_si512(i8k_load512(source + i), sign));
    // A full half is a depthwise panel.
    if (i + 32 <= count) {
      const __m256i half = _mm256_xor_si256(i8k_load_half512(source + i), _mm512_castsi512_si256(sign));
      _mm256_storeu_si256((__m256i *)(place + i), half);
      i += 32;
    }
    if (i < count) {
      const __mmask32 left = i8k_mask32(count - i);
      const __m256i rest = _mm256_maskz_loadu_epi8(left, source + i);
      _mm256_mask_storeu_epi8(place + i, left, _mm256_xor_si256(rest, _mm512_castsi512_si256(sign)));
    }
  }
}

#pragma clang attribute pop
#endif
