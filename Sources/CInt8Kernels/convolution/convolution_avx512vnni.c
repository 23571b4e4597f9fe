#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx512.h"

#pragma clang attribute push(__attribute__((target(I8K_AVX512_TARGET))), apply_to = function)

// By vpdpbusd: rows come as q + 128, four elements are one broadcast from memory, met by weights packed [nr][4]. A set of
// 14 sums is 7 pixels × 32 channels, or 14 × 16 where a panel has no more. Two sets take turns: while one is summed, the
// epilogue of the other goes between the multiplications, which leave it half of the pipes. Without that the processor
// does one after the other: it does not look far enough ahead.

//
// A call's first set fetches the weights ahead: they come from far away then, in steps that cross pages.

enum { MR = 14, NR = 32, HALVES = 2, SET = 14, PARTS = 4, AHEAD = 8192 };

#define INLINE static inline __attribute__((always_inline))

/// What is known of a call when the kernel is compiled.
typedef struct {
  /// Registers a pixel.
  int halves;
  bool isStrip, hasResidual, isBounded;
  /// The panel has all 16·halves channels, and sums are of one tap.
  bool isPlain;
} form;

/// What a call keeps.
typedef struct {
  const void *const *rows;
  size_t rowByteOffset, taps, bytes;
  const int32_t *bias;
  char *output;
  const int8_t *residual;
  size_t stride, residualStride;
  __mmask32 channels;
  i8k_bounded512 bounded;
  i8k_numbers512 numbers;
} call;

/// Keeps what computes the registers from `first` on before this, and what uses them behind it.
INLINE void hold(__m512i x[SET], const int first) {
  I8K_UNROLL
  for (int i = first; i < SET; ++i) __asm__ volatile("" : "+v"(x[i]));
}

// Sums.

/// The rows of a tap; its next element; the weights.
typedef struct {
  const void *const *rows;
  const uint8_t *row[SET];
  size_t k, tapsLeft;
  const int8_t *w;
} cursor;

INLINE void load_rows(cursor *c, size_t byteOffset, const int pixels) {
  I8K_UNROLL
  for (int i = 0; i < pixels; ++i) c->row[i] = (const uint8_t *)c->rows[i] + byteOffset;
}

/// Whether there was another tap.
INLINE bool next_tap(cursor *c, size_t byteOffset, const int pixels) {
  if (--c->tapsLeft == 0) return false;
  c->rows += MR;
  c->k = 0;
  load_rows(c, byteOffset, pixels);
  return true;
}

/// Four elements of each row, k further on, by four weights of each channel.
INLINE void step(__m512i acc[SET], const cursor *c, size_t k, const int halves, const bool fetches) {
  const int8_t *w = c->w + NR * k;
  __m512i weights[HALVES];
  I8K_UNROLL
  for (int h = 0; h < halves; ++h) {
    weights[h] = i8k_load512(w + 64 * h);
    if (fetches) _mm_prefetch((const char *)w + 64 * h + AHEAD, _MM_HINT_T0);
  }
  I8K_UNROLL
  for (int i = 0; i < SET / halves; ++i) {
    int32_t elements;
    memcpy(&elements, c->row[i] + c->k + k, sizeof elements);
    const __m512i four = _mm512_set1_epi32(elements);
    I8K_UNROLL
    for (int h = 0; h < halves; ++h)
      acc[halves * i + h] = _mm512_dpbusd_epi32(acc[halves * i + h], four, weights[h]);
  }
}

INLINE void advance(cursor *c, size_t k) {
  c->k += k;
  c->w += NR * k;
}

// Epilogue.

/// Dword k of 128-bit lane l goes to dword l of lane k: sixteen bytes of every sum then stand together.
INLINE __m512i transposed(void) {
  return _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

/// f32(acc)·m of half h of a pixel, its residual added.
INLINE __m512 scaled(const call *c, const form f, __m512i sum, size_t pixel, const int h) {
  const __m512 v = f.isBounded ? i8k_bounded_scale512(sum, &c->bounded, h) : i8k_scale512(sum, &c->numbers, h);
  if (!f.hasResidual) return v;
  const __m512i r = _mm512_cvtepi8_epi32(i8k_load_quarter512(c->residual + pixel * c->residualStride + 16 * h));
  const __m512i zeroPoints = f.isBounded ? c->bounded.residualZeroPoints[h] : c->numbers.residualZeroPoints[h];
  const __m512 multipliers = f.isBounded ? c->bounded.residualMultipliers[h] : c->numbers.residualMultipliers[h];
  return _mm512_add_ps(v, i8k_residual512(r, zeroPoints, multipliers));
}

/// The bytes of one pixel's 32 or 16 channels.
INLINE void store_pixel(const call *c, const form f, size_t pixel, __m256i bytes) {
  char *y = c->output + pixel * c->stride;
  if (!f.isPlain)
    _mm256_mask_storeu_epi8(y, c->channels, bytes);
  else if (f.halves == 2)
    _mm256_storeu_si256((__m256i *)(void *)y, bytes);
  else
    _mm_storeu_si128((__m128i *)(void *)y, _mm256_castsi256_si128(bytes));
}

INLINE void store_strip(const call *c, const form f, size_t pixel, __m512i words) {
  char *y = c->output + pixel * c->stride;
  if (!f.isPlain)
    _mm512_mask_storeu_epi16(y, c->channels, words);
  else if (f.halves == 2)
    _mm512_storeu_si512(y, words);
  else
    _mm256_storeu_si256((__m256i *)(void *)y, _mm512_castsi512_si256(words));
}

/// Sixteen bytes of every sum, in the order of the sums.
INLINE __m512i bytes_of(const call *c, const form f, const __m512 v[4]) {
  if (!f.isBounded) return _mm512_permutexvar_epi32(transposed(), i8k_requantize512(v, f.halves, &c->numbers));
  const __m512i low = i8k_words512(v[0], v[1], true), high = i8k_words512(v[2], v[3], true);
  const __m512i bytes = i8k_bounded_bytes512(low, 0, high, 0, &c->bounded);
  return i8k_bounded_clamp512(_mm512_permutexvar_epi32(transposed(), bytes), &c->bounded);
}

/// Sixteen words of both sums.
INLINE __m512i words_of(const form f, __m512 first, __m512 second) {
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  return _mm512_permutexvar_epi64(order, i8k_words512(first, second, f.isBounded));
}

/// The epilogue of the four sums from 4·part on (of the last part two), those of `pixels` pixels from `first` on.
INLINE void finish_part(const call *c, const form f, size_t first, const size_t pixels, const int part,
                        const __m512i acc[SET]) {
  const int sums = part < PARTS - 1 ? 4 : SET - 4 * (PARTS - 1);
  const size_t pixel = 4 * (size_t)part / f.halves;
  if (pixel >= pixels) return;
  __m512 v[4];
  I8K_UNROLL
  for (int k = 0; k < 4; ++k) {
    const int sum = 4 * part + (k < sums ? k : k - 2);
    const size_t place = (size_t)sum / f.halves;
    v[k] = scaled(c, f, acc[sum], first + (place < pixels ? place : pixels - 1), k % f.halves);
  }
  if (f.isStrip) {
    I8K_UNROLL
    for (int k = 0; k < 4; k += 2) {
      if (k >= sums) continue;
      const __m512i words = words_of(f, v[k], v[k + 1]);
      const size_t place = pixel + k / f.halves;
      if (place < pixels) store_strip(c, f, first + place, words);
      if (f.halves == 1 && place + 1 < pixels)
        store_strip(c, f, first + place + 1, _mm512_castsi256_si512(_mm512_extracti64x4_epi64(words, 1)));
    }
    return;
  }
  const __m512i bytes = bytes_of(c, f, v);
  I8K_UNROLL
  for (int k = 0; k < 4; k += f.halves) {
    if (k >= sums) continue;
    const size_t place = pixel + k / f.halves;
    __m256i two = k < 2 ? _mm512_castsi512_si256(bytes) : _mm512_extracti64x4_epi64(bytes, 1);
    if (k % 2 == 1) two = _mm256_castsi128_si256(_mm256_extracti128_si256(two, 1));
    if (place < pixels) store_pixel(c, f, first + place, two);
  }
}

/// The epilogue of a call's last set, from memory: it may have fewer pixels.
INLINE void finish_last(const call *c, const form f, size_t first, size_t pixels, const __m512i acc[SET]) {
  __m512i sums[SET];
  I8K_UNROLL
  for (int i = 0; i < SET; ++i) sums[i] = acc[i];
  _Pragma("clang loop unroll(disable)")
  for (int part = 0; part < PARTS; ++part) finish_part(c, f, first, pixels, part, sums);
}

/// Sums the set from pixel `first` on; between its first steps, the epilogue of the set before it, if there is one.
INLINE void sum_set(const call *c, const form f, size_t first, __m512i acc[SET], const bool hasPrevious,
                    __m512i previous[SET]) {
  const int pixels = SET / f.halves;
  const int8_t *w = (const int8_t *)(c->bias + NR);
  cursor at = {.rows = c->rows + first / MR * MR * c->taps + first % MR, .k = 0, .tapsLeft = c->taps, .w = w};
  I8K_UNROLL
  for (int i = 0; i < SET; ++i) acc[i] = i8k_load512(c->bias + 16 * (i % f.halves));
  load_rows(&at, c->rowByteOffset, pixels);
  bool isMore = true;
  I8K_UNROLL
  for (int part = 0; part < PARTS; ++part) {
    if (isMore) {
      step(acc, &at, 0, f.halves, !hasPrevious);
      advance(&at, 4);
      if (at.k == c->bytes) isMore = next_tap(&at, c->rowByteOffset, pixels);
    }
    hold(acc, 0);
    if (!hasPrevious) continue;
    hold(previous, 4 * part);
    finish_part(c, f, first - pixels, pixels, part, previous);
  }
  while (isMore) {
    for (; at.k + 16 <= c->bytes; advance(&at, 16))
      I8K_UNROLL
      for (size_t k = 0; k < 16; k += 4) step(acc, &at, k, f.halves, !hasPrevious);
    for (; at.k < c->bytes; advance(&at, 4)) step(acc, &at, 0, f.halves, !hasPrevious);
    isMore = next_tap(&at, c->rowByteOffset, pixels);
  }
}

INLINE void run(const i8k_convolution_arguments *t, const form f) {
  call c = {.rows = t->rows,
            .rowByteOffset = t->rowByteOffset,
            .taps = f.isPlain ? 1 : t->taps,
            .bytes = (t->depth + 3) / 4 * 4,
            .bias = t->panel,
            .output = t->output,
            .residual = t->residual,
            .stride = t->outputStrideBytes,
            .residualStride = t->residualStrideBytes,
            .channels = i8k_mask32(t->nr)};
  if (f.isBounded)
    i8k_load_bounded512(&t->epilogue, f.halves, i8k_lanes_in_order, &c.bounded);
  else
    i8k_load_numbers512(&t->epilogue, f.halves, i8k_lanes_in_order, f.isStrip, &c.numbers);
  const size_t each = SET / f.halves, pixels = t->mr;
  __m512i acc[SET], previous[SET];
  sum_set(&c, f, 0, acc, false, previous);
  size_t first = each;
  for (; first < pixels; first += each) {
    I8K_UNROLL
    for (int i = 0; i < SET; ++i) previous[i] = acc[i];
    sum_set(&c, f, first, acc, true, previous);
  }
  finish_last(&c, f, first - each, pixels - (first - each), acc);
}

// A function a form: all of them in one are more than the compiler unrolls.
#define FORM(name, ...) \
  static __attribute__((noinline)) void name(const i8k_convolution_arguments *t) { run(t, (form){__VA_ARGS__}); }
#define FORMS(name, halves)                                       \
  FORM(q8_plain_##name, halves, false, false, true, true)         \
  FORM(q8_residual_plain_##name, halves, false, true, true, true) \
  FORM(q16_plain_##name, halves, true, false, true, true)         \
  FORM(q8_##name, halves, false, false, true, false)              \
  FORM(q8_residual_##name, halves, false, true, true, false)      \
  FORM(q16_##name, halves, true, false, true, false)              \
  FORM(q8_any_##name, halves, false, false, false, false)         \
  FORM(q8_residual_any_##name, halves, false, true, false, false) \
  FORM(q16_any_##name, halves, true, false, false, false)
FORMS(x16, 1)
FORMS(x32, 2)

typedef void (*run_form)(const i8k_convolution_arguments *);

INLINE void run_best(const i8k_convolution_arguments *t, run_form plain, run_form bounded, run_form any) {
  const bool isBounded = t->epilogue.isBounded && !t->epilogue.negativeMultipliers;
  const bool isPlain = t->taps == 1 && t->nr % 16 == 0;
  (!isBounded ? any : isPlain ? plain : bounded)(t);
}

void i8k_conv_q8_14x32c4__avx512vnni(const i8k_convolution_arguments *t) {
  if (t->nr > 16 && t->residual)
    run_best(t, q8_residual_plain_x32, q8_residual_x32, q8_residual_any_x32);
  else if (t->nr > 16)
    run_best(t, q8_plain_x32, q8_x32, q8_any_x32);
  else if (t->residual)
    run_best(t, q8_residual_plain_x16, q8_residual_x16, q8_residual_any_x16);
  else
    run_best(t, q8_plain_x16, q8_x16, q8_any_x16);
}

void i8k_conv_q16_14x32c4__avx512vnni(const i8k_convolution_arguments *t) {
  if (t->nr > 16)
    run_best(t, q16_plain_x32, q16_x32, q16_any_x32);
  else
    run_best(t, q16_plain_x16, q16_x16, q16_any_x16);
}

#pragma clang attribute pop
#endif
