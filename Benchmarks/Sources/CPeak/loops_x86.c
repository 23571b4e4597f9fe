#include "loops.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Independent sums: more than latency times instructions a cycle, five times two for vpdpbusd, and what registers hold.
enum { SUMS = 12, SUMS_ZMM = 24 };

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

PEAK_LOOP(words__avx2, "x", __m256i, SUMS, _mm256_setzero_si256(), _mm256_set1_epi16(3), _mm256_set1_epi16(-5),
          _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)))
PEAK_LOOP(bytes__avx2, "x", __m256i, SUMS, _mm256_setzero_si256(), _mm256_set1_epi8(3), _mm256_set1_epi8(-5),
          _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), _mm256_set1_epi16(1))))

#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,avxvnni"))), apply_to = function)

PEAK_LOOP(bytes__avxvnni, "x", __m256i, SUMS, _mm256_setzero_si256(), _mm256_set1_epi8(3), _mm256_set1_epi8(-5),
          _mm256_dpbusd_avx_epi32(sum, a, b))

#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512vnni"))), apply_to = function)

PEAK_LOOP(bytes__avx512vnni, "v", __m512i, SUMS_ZMM, _mm512_setzero_si512(), _mm512_set1_epi32(0x03030303),
          _mm512_set1_epi32(0x05fb05fb), _mm512_dpbusd_epi32(sum, a, b))

#pragma clang attribute pop

static const peak_loop loops[] = {
    {"vpmaddwd vpaddd", i8k_set_avx2, 16 * SUMS, words__avx2},
    {"vpmaddubsw vpmaddwd vpaddd", i8k_set_avx2, 32 * SUMS, bytes__avx2},
    {"vpdpbusd ymm", i8k_set_avxvnni, 32 * SUMS, bytes__avxvnni},
    {"vpdpbusd zmm", i8k_set_avx512vnni, 64 * SUMS_ZMM, bytes__avx512vnni},
};

PEAK_TABLE(loops)

#endif
