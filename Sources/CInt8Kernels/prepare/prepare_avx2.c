#include "prepare.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

I8K_PREPARE(i8k_widen__avx2) {
  char *place = destination;
  for (size_t row = 0; row < rows; ++row, source += sourceStrideBytes, place += destinationStrideBytes) {
    int16_t *words = (int16_t *)place;
    for (size_t i = 0; i < count; i += 16) i8k_store16(words + i, i8k_widen16(source + i), count - i);
  }
}

#pragma clang attribute pop
#endif
