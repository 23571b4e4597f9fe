#include "loops.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Independent sums: more than latency times instructions a cycle, five times two for vpdpbusd, and what registers hold.
enum { SUMS = 12, SUMS_ZMM = 24 };

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

static void words__avx2(size_t turns) {
  __m256i a = _mm256_set1_epi16(3), b = _mm256_set1_epi16(-5), sums[SUMS];
  UNROLL
  for (int i = 0; i < SUMS; ++i) sums[i] = _mm256_setzero_si256();
  for (size_t turn = 0; turn < turns; ++turn) {
    UNROLL
    for (int i = 0; i < SUMS; ++i) {
      RENEW("x", a);
      sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(a, b));
    }
  }
  UNROLL
  for (int i = 0; i < SUMS; ++i) USE("x", sums[i]);
}

static void bytes__avx2(size_t turns) {
  __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(-5), ones = _mm256_set1_epi16(1), sums[SUMS];
  UNROLL
  for (int i = 0; i < SUMS; ++i) sums[i] = _mm256_setzero_si256();
  for (size_t turn = 0; turn < turns; ++turn) {
    UNROLL
    for (int i = 0; i < SUMS; ++i) {
      RENEW("x", a);
      sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
    }
  }
  UNROLL
  for (int i = 0; i < SUMS; ++i) USE("x", sums[i]);
}

#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,avxvnni"))), apply_to = function)

static void bytes__avxvnni(size_t turns) {
  __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(-5), sums[SUMS];
  UNROLL
  for (int i = 0; i < SUMS; ++i) sums[i] = _mm256_setzero_si256();
  for (size_t turn = 0; turn < turns; ++turn) {
    UNROLL
    for (int i = 0; i < SUMS; ++i) {
      RENEW("x", a);
      sums[i] = _mm256_dpbusd_avx_epi32(sums[i], a, b);
    }
  }
  UNROLL
  for (int i = 0; i < SUMS; ++i) USE("x", sums[i]);
}

#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512vnni"))), apply_to = function)

static void bytes__avx512vnni(size_t turns) {
  __m512i a = _mm512_set1_epi32(0x03030303), b = _mm512_set1_epi32(0x05fb05fb), sums[SUMS_ZMM];
  UNROLL
  for (int i = 0; i < SUMS_ZMM; ++i) sums[i] = _mm512_setzero_si512();
  for (size_t turn = 0; turn < turns; ++turn) {
    UNROLL
    for (int i = 0; i < SUMS_ZMM; ++i) {
      RENEW("v", a);
      sums[i] = _mm512_dpbusd_epi32(sums[i], a, b);
    }
  }
  UNROLL
  for (int i = 0; i < SUMS_ZMM; ++i) USE("v", sums[i]);
}

#pragma clang attribute pop

static const peak_loop loops[] = {
    {"vpmaddwd vpaddd", i8k_set_avx2, 16 * SUMS, words__avx2},
    {"vpmaddubsw vpmaddwd vpaddd", i8k_set_avx2, 32 * SUMS, bytes__avx2},
    {"vpdpbusd ymm", i8k_set_avxvnni, 32 * SUMS, bytes__avxvnni},
    {"vpdpbusd zmm", i8k_set_avx512vnni, 64 * SUMS_ZMM, bytes__avx512vnni},
};

size_t peak_loop_count(void) { return sizeof loops / sizeof *loops; }
const peak_loop *peak_loop_at(size_t index) { return index < peak_loop_count() ? &loops[index] : NULL; }

#endif
