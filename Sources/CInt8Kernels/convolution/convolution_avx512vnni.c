#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx512.h"

#pragma clang attribute push(__attribute__((target(I8K_AVX512_TARGET))), apply_to = function)

// 14 pixels × 32 channels by vpdpbusd: rows come as q + 128, four elements are one broadcast from memory, met by
// weights packed [nr][4]. 28 sums, two weights and two broadcasts fill the 32 registers. A panel of at most 16 channels
// uses the first half alone; the last pixels of a call take the least block that holds them.

enum { MR = 14, NR = 32, HALVES = 2, SUMS = 28 };

/// Four elements of each row by four weights of each channel.
static inline __attribute__((always_inline)) void step(__m512i acc[MR][HALVES], const uint8_t *const row[MR],
                                                       size_t k, const int8_t *w, const int height,
                                                       const int halves) {
  __m512i weights[HALVES];
  I8K_UNROLL
  for (int h = 0; h < halves; ++h) weights[h] = i8k_load512(w + 64 * h);
  I8K_UNROLL
  for (int i = 0; i < height; ++i) {
    int32_t elements;
    memcpy(&elements, row[i] + k, sizeof elements);
    const __m512i four = _mm512_set1_epi32(elements);
    I8K_UNROLL
    for (int h = 0; h < halves; ++h) acc[i][h] = _mm512_dpbusd_epi32(acc[i][h], four, weights[h]);
  }
}

/// The sums of a block of pixels.
static inline __attribute__((always_inline)) void accumulate(const i8k_convolution_arguments *t,
                                                             const void *const *rows, const int height,
                                                             const int halves, __m512i acc[MR][HALVES]) {
  const int32_t *bias = t->panel;
  I8K_UNROLL
  for (int h = 0; h < halves; ++h)
    I8K_UNROLL
    for (int i = 0; i < height; ++i) acc[i][h] = i8k_load512(bias + 16 * h);
  const int8_t *w = (const int8_t *)(bias + NR);
  const size_t bytes = (t->depth + 3) / 4 * 4;
  for (size_t tap = 0; tap < t->taps; ++tap, rows += MR) {
    const uint8_t *row[MR];
    I8K_UNROLL
    for (int i = 0; i < height; ++i) row[i] = (const uint8_t *)rows[i] + t->rowByteOffset;
    size_t k = 0;
    for (; k + 16 <= bytes; k += 16, w += 16 * NR)
      I8K_UNROLL
      for (size_t group = 0; group < 4; ++group) step(acc, row, k + 4 * group, w + 4 * NR * group, height, halves);
    for (; k < bytes; k += 4, w += 4 * NR) step(acc, row, k, w, height, halves);
  }
}

/// Stores four sums' bytes: those of two pixels, or with one half of four, from pixel i on.
static inline void store_q8(const i8k_convolution_arguments *t, size_t i, const int halves, __m512i bytes) {
  int8_t *y = (int8_t *)t->output + i * t->outputStrideBytes;
  const size_t count = t->mr - i;
  if (halves == 2) {
    i8k_store_bytes32(y, _mm512_castsi512_si256(bytes), t->nr);
    if (count > 1) i8k_store_bytes32(y + t->outputStrideBytes, _mm512_extracti64x4_epi64(bytes, 1), t->nr);
  } else {
    i8k_store_bytes16(y, _mm512_castsi512_si128(bytes), t->nr);
    if (count > 1) i8k_store_bytes16(y + t->outputStrideBytes, _mm512_extracti32x4_epi32(bytes, 1), t->nr);
    if (count > 2) i8k_store_bytes16(y + 2 * t->outputStrideBytes, _mm512_extracti32x4_epi32(bytes, 2), t->nr);
    if (count > 3) i8k_store_bytes16(y + 3 * t->outputStrideBytes, _mm512_extracti32x4_epi32(bytes, 3), t->nr);
  }
}

static inline void store_q16(const i8k_convolution_arguments *t, size_t i, const int halves, __m512i words) {
  char *y = (char *)t->output + i * t->outputStrideBytes;
  if (halves == 2) {
    i8k_store_words32(y, words, t->nr);
  } else {
    i8k_store_words16(y, _mm512_castsi512_si256(words), t->nr);
    if (t->mr - i > 1)
      i8k_store_words16(y + t->outputStrideBytes, _mm512_extracti64x4_epi64(words, 1), t->nr);
  }
}

/// v and the residual's sixteen elements of half h of pixel i, or of the last pixel.
static inline __m512 add_residual(const i8k_convolution_arguments *t, size_t i, int h, __m512 v,
                                  const __m512i zeroPoints[], const __m512 multipliers[]) {
  const size_t pixel = i < t->mr ? i : t->mr - 1;
  const int8_t *place = t->residual + pixel * t->residualStrideBytes + 16 * h;
  const __m512i r = _mm512_cvtepi8_epi32(i8k_load_quarter512(place));
  return _mm512_add_ps(v, i8k_residual512(r, zeroPoints[h], multipliers[h]));
}

/// Dword k of 128-bit lane l goes to dword l of lane k: sixteen bytes of every sum then stand together.
static inline __m512i transposed(void) {
  return _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

static inline __attribute__((always_inline)) void finish_q8(const i8k_convolution_arguments *t, size_t first,
                                                            const int height, const int halves,
                                                            const __m512i sums[SUMS], const i8k_numbers512 *n) {
  const int pixels = 4 / halves;
  for (size_t i = 0; i < (size_t)height && first + i < t->mr; i += pixels) {
    __m512 v[4];
    for (int k = 0; k < 4; ++k) {
      v[k] = i8k_scale512(sums[i * halves + k], n, k % halves);
      if (t->residual)
        v[k] = add_residual(t, first + i + k / halves, k % halves, v[k], n->residualZeroPoints, n->residualMultipliers);
    }
    store_q8(t, first + i, halves, _mm512_permutexvar_epi32(transposed(), i8k_requantize512(v, halves, n)));
  }
}

static inline __attribute__((always_inline)) void finish_q16(const i8k_convolution_arguments *t, size_t first,
                                                             const int height, const int halves,
                                                             const __m512i sums[SUMS], const i8k_numbers512 *n) {
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  const int pixels = 2 / halves;
  for (size_t i = 0; i < (size_t)height && first + i < t->mr; i += pixels) {
    const __m512i words = i8k_strip512(sums[i * halves], 0, sums[i * halves + 1], halves - 1, n);
    store_q16(t, first + i, halves, _mm512_permutexvar_epi64(order, words));
  }
}

/// Both epilogues of sums that cannot overflow, straight from the registers.
static inline __attribute__((always_inline)) void finish_bounded(const i8k_convolution_arguments *t, size_t first,
                                                                 const int height, const int halves,
                                                                 const bool isStrip, const bool hasResidual,
                                                                 const i8k_bounded512 *n, __m512i acc[MR][HALVES]) {
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  const size_t count = t->mr - first;
  const int pixels = 4 / halves, half = pixels / 2;
  I8K_UNROLL
  for (int i = 0; i < height; i += pixels) {
    if ((size_t)i >= count) return;
    __m512 v[4];
    I8K_UNROLL
    for (int k = 0; k < 4; ++k) {
      const int pixel = i + k / halves;
      v[k] = i8k_bounded_scale512(acc[pixel < height ? pixel : height - 1][k % halves], n, k % halves);
      if (hasResidual)
        v[k] = add_residual(t, first + pixel, k % halves, v[k], n->residualZeroPoints, n->residualMultipliers);
    }
    const __m512i low = i8k_bounded_words512(v[0], v[1]), high = i8k_bounded_words512(v[2], v[3]);
    if (!isStrip) {
      const __m512i bytes = i8k_bounded_bytes512(low, 0, high, 0, n);
      store_q8(t, first + i, halves, i8k_bounded_clamp512(_mm512_permutexvar_epi32(transposed(), bytes), n));
    } else {
      store_q16(t, first + i, halves, _mm512_permutexvar_epi64(order, low));
      if (i + half < height && (size_t)(i + half) < count)
        store_q16(t, first + i + half, halves, _mm512_permutexvar_epi64(order, high));
    }
  }
}

/// What a call keeps: one of the two, for all its blocks.
typedef struct {
  bool isBounded;
  i8k_bounded512 bounded;
  i8k_numbers512 numbers;
} call;

static inline __attribute__((always_inline)) void block(const i8k_convolution_arguments *t, size_t first,
                                                        const int height, const int halves, const bool isStrip,
                                                        const call *c) {
  __m512i acc[MR][HALVES];
  accumulate(t, t->rows + first * t->taps, height, halves, acc);
  if (c->isBounded) {
    if (!isStrip && t->residual) return finish_bounded(t, first, height, halves, false, true, &c->bounded, acc);
    return finish_bounded(t, first, height, halves, isStrip, false, &c->bounded, acc);
  }
  // Two more than a block has: an epilogue takes four.
  __m512i sums[SUMS + 2];
  I8K_UNROLL
  for (int i = 0; i < height; ++i)
    I8K_UNROLL
    for (int h = 0; h < halves; ++h) sums[halves * i + h] = acc[i][h];
  if (height * halves % 4 != 0) sums[height * halves] = sums[height * halves + 1] = _mm512_setzero_si512();
  if (isStrip)
    finish_q16(t, first, height, halves, sums, &c->numbers);
  else
    finish_q8(t, first, height, halves, sums, &c->numbers);
}

static inline __attribute__((always_inline)) void run(const i8k_convolution_arguments *t, const int halves,
                                                      const bool isStrip) {
  call c = {.isBounded = t->epilogue.isBounded && !t->epilogue.negativeMultipliers};
  if (c.isBounded)
    i8k_load_bounded512(&t->epilogue, halves, i8k_lanes_in_order, &c.bounded);
  else
    i8k_load_numbers512(&t->epilogue, halves, i8k_lanes_in_order, &c.numbers);
  for (size_t first = 0; first < t->mr; first += MR) {
    const size_t left = t->mr - first;
    if (left > 8)
      block(t, first, MR, halves, isStrip, &c);
    else if (left > 4)
      block(t, first, 8, halves, isStrip, &c);
    else
      block(t, first, 4, halves, isStrip, &c);
  }
}

void i8k_conv_q8_14x32c4__avx512vnni(const i8k_convolution_arguments *t) {
  if (t->nr > 16)
    run(t, 2, false);
  else
    run(t, 1, false);
}

void i8k_conv_q16_14x32c4__avx512vnni(const i8k_convolution_arguments *t) {
  if (t->nr > 16)
    run(t, 2, true);
  else
    run(t, 1, true);
}

#pragma clang attribute pop
#endif
