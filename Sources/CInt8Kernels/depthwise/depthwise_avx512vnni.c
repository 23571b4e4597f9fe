#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx512.h"

#pragma clang attribute push(__attribute__((target(I8K_AVX512_TARGET))), apply_to = function)

// Two pixels × 32 channels, one pixel in either half of a register, by vpdpbusd: rows come as q + 128; the bytes of
// four kernel elements are interleaved, and so are the weights. Interleaving works within 128-bit lanes: register j of
// the four that it gives has channels 4j…4j + 3 of every lane, and packing words and bytes restores the order.
//
// 3×3 and 5×5 walk along two runs of pixels, one in either half, whose windows overlap: the elements of a column are
// interleaved once and serve all windows that it is in. What does not overlap so takes a run of one pixel.

enum { NR = 32, QUARTERS = 4, PREPARED = 16 };

typedef struct {
  const uint8_t *low, *high;
} place;

static inline __attribute__((always_inline)) __m512i load_pair(place p, size_t offset) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(i8k_load_half512(p.low + offset)),
                            i8k_load_half512(p.high + offset), 1);
}

static inline __attribute__((always_inline)) void interleave(__m512i a, __m512i b, __m512i c, __m512i d,
                                                             __m512i result[QUARTERS]) {
  const __m512i lowAB = _mm512_unpacklo_epi8(a, b), highAB = _mm512_unpackhi_epi8(a, b);
  const __m512i lowCD = _mm512_unpacklo_epi8(c, d), highCD = _mm512_unpackhi_epi8(c, d);
  result[0] = _mm512_unpacklo_epi16(lowAB, lowCD);
  result[1] = _mm512_unpackhi_epi16(lowAB, lowCD);
  result[2] = _mm512_unpacklo_epi16(highAB, highCD);
  result[3] = _mm512_unpackhi_epi16(highAB, highCD);
}

static inline __attribute__((always_inline)) void multiply(__m512i acc[QUARTERS], const __m512i elements[QUARTERS],
                                                           const __m512i weights[QUARTERS]) {
  I8K_UNROLL
  for (int j = 0; j < QUARTERS; ++j) acc[j] = _mm512_dpbusd_epi32(acc[j], elements[j], weights[j]);
}

/// The weights of four kernel elements, a negative one standing for none.
static inline __attribute__((always_inline)) void load_weights(const int8_t *w, int a, int b, int c, int d,
                                                               __m512i result[QUARTERS]) {
  const int taps[4] = {a, b, c, d};
  __m512i rows[4];
  I8K_UNROLL
  for (int k = 0; k < 4; ++k)
    rows[k] = taps[k] < 0 ? _mm512_setzero_si512() : _mm512_broadcast_i64x4(i8k_load_half512(w + NR * taps[k]));
  interleave(rows[0], rows[1], rows[2], rows[3], result);
}

/// What a call keeps: the sums' start and the epilogue's numbers.
typedef struct {
  const i8k_convolution_arguments *arguments;
  __m512i bias[QUARTERS];
  bool isStrip;
  /// Which of the two is used.
  bool isBounded;
  i8k_bounded512 bounded;
  i8k_numbers512 numbers;
} state;

static inline __attribute__((always_inline)) void start(const state *s, __m512i acc[QUARTERS]) {
  I8K_UNROLL
  for (int j = 0; j < QUARTERS; ++j) acc[j] = s->bias[j];
}

/// The residual's elements of register j, from the bytes of both pixels.
static inline __attribute__((always_inline)) __m512i residual_quarter(__m512i bytes, int j) {
  const __m512i words = j < 2 ? _mm512_unpacklo_epi8(bytes, bytes) : _mm512_unpackhi_epi8(bytes, bytes);
  const __m512i elements = j % 2 == 0 ? _mm512_unpacklo_epi16(words, words) : _mm512_unpackhi_epi16(words, words);
  return _mm512_srai_epi32(elements, 24);
}

static inline __attribute__((always_inline)) void store_q8(const i8k_convolution_arguments *t, size_t low, size_t high,
                                                           __m512i y) {
  int8_t *output = t->output;
  i8k_store_bytes32(output + low * t->outputStrideBytes, _mm512_castsi512_si256(y), t->nr);
  i8k_store_bytes32(output + high * t->outputStrideBytes, _mm512_extracti64x4_epi64(y, 1), t->nr);
}

/// Of `first`, lane l has the first eight channels of block l % 2 of pixel l / 2; of `last` the other eight.
static inline __attribute__((always_inline)) void store_q16(const i8k_convolution_arguments *t, size_t low,
                                                            size_t high, __m512i first, __m512i last) {
  const __m512i joinLow = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
  const __m512i joinHigh = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  char *output = t->output;
  i8k_store_words32(output + low * t->outputStrideBytes, _mm512_permutex2var_epi64(first, joinLow, last), t->nr);
  i8k_store_words32(output + high * t->outputStrideBytes, _mm512_permutex2var_epi64(first, joinHigh, last), t->nr);
}

/// Both epilogues of sums that cannot overflow, without a residual.
static inline __attribute__((always_inline)) void finish_bounded(const state *s, const __m512i acc[QUARTERS],
                                                                 size_t low, size_t high) {
  const i8k_bounded512 *n = &s->bounded;
  __m512 v[QUARTERS];
  I8K_UNROLL
  for (int j = 0; j < QUARTERS; ++j) v[j] = i8k_bounded_scale512(acc[j], n, j);
  const __m512i first = i8k_words512(v[0], v[1], true), last = i8k_words512(v[2], v[3], true);
  if (s->isStrip)
    store_q16(s->arguments, low, high, first, last);
  else
    store_q8(s->arguments, low, high, i8k_bounded_clamp512(i8k_bounded_bytes512(first, 0, last, 1, n), n));
}

static inline __attribute__((always_inline)) void finish_q8(const state *s, const __m512i acc[QUARTERS], size_t low,
                                                            size_t high) {
  const i8k_convolution_arguments *t = s->arguments;
  __m512 v[QUARTERS];
  I8K_UNROLL
  for (int j = 0; j < QUARTERS; ++j) v[j] = i8k_scale512(acc[j], &s->numbers, j);
  if (t->residual) {
    const place rows = {(const uint8_t *)t->residual + low * t->residualStrideBytes,
                        (const uint8_t *)t->residual + high * t->residualStrideBytes};
    const __m512i bytes = load_pair(rows, 0);
    I8K_UNROLL
    for (int j = 0; j < QUARTERS; ++j)
      v[j] = _mm512_add_ps(v[j], i8k_residual512(residual_quarter(bytes, j), s->numbers.residualZeroPoints[j],
                                                 s->numbers.residualMultipliers[j]));
  }
  store_q8(t, low, high, i8k_requantize512(v, QUARTERS, &s->numbers));
}

static inline __attribute__((always_inline)) void finish_q16(const state *s, const __m512i acc[QUARTERS], size_t low,
                                                             size_t high) {
  __m512 v[QUARTERS];
  I8K_UNROLL
  for (int j = 0; j < QUARTERS; ++j) v[j] = i8k_scale512(acc[j], &s->numbers, j);
  store_q16(s->arguments, low, high, i8k_words512(v[0], v[1], false), i8k_words512(v[2], v[3], false));
}

static inline __attribute__((always_inline)) void finish(const state *s, const __m512i acc[QUARTERS], size_t low,
                                                         size_t high) {
  if (s->isBounded)
    finish_bounded(s, acc, low, high);
  else if (s->isStrip)
    finish_q16(s, acc, low, high);
  else
    finish_q8(s, acc, low, high);
}

/// Two runs of `length` pixels, from `low` and from `high` on.
typedef struct {
  size_t low, high, length;
} runs;

static inline __attribute__((always_inline)) place windows(const state *s, runs r, size_t i) {
  return (place){s->arguments->rows[r.low + i], s->arguments->rows[r.high + i]};
}

/// The window's column x, the first four rows.
static inline __attribute__((always_inline)) void load_column(const state *s, place p, const int x, const int side,
                                                              __m512i column[QUARTERS]) {
  const size_t *offsets = s->arguments->tapByteOffsets + x;
  const __m512i fourth = side > 3 ? load_pair(p, offsets[3 * side]) : _mm512_setzero_si512();
  interleave(load_pair(p, offsets[0]), load_pair(p, offsets[side]), load_pair(p, offsets[2 * side]), fourth, column);
}

static inline __attribute__((always_inline)) void copy(__m512i to[QUARTERS], const __m512i from[QUARTERS]) {
  I8K_UNROLL
  for (int j = 0; j < QUARTERS; ++j) to[j] = from[j];
}

/// The fifth row of a 5×5 window: its first four elements together, the last alone.
static inline __attribute__((always_inline)) void multiply_fifth_row(const state *s, place p,
                                                                     const __m512i weights[2][QUARTERS],
                                                                     __m512i acc[QUARTERS]) {
  const size_t *offsets = s->arguments->tapByteOffsets + 20;
  const __m512i zero = _mm512_setzero_si512();
  __m512i elements[QUARTERS];
  interleave(load_pair(p, offsets[0]), load_pair(p, offsets[1]), load_pair(p, offsets[2]), load_pair(p, offsets[3]),
             elements);
  multiply(acc, elements, weights[0]);
  interleave(load_pair(p, offsets[4]), zero, zero, zero, elements);
  multiply(acc, elements, weights[1]);
}

/// side 3 or 5; from a window to the next `stride` columns.
static inline __attribute__((always_inline)) void walk(const state *s, const runs r, const int side, const int stride,
                                                       const __m512i weights[7][QUARTERS]) {
  __m512i columns[5][QUARTERS];
  I8K_UNROLL
  for (int x = 0; x < side - stride; ++x) load_column(s, windows(s, r, 0), x, side, columns[x + stride]);
  for (size_t i = 0; i < r.length; ++i) {
    const place p = windows(s, r, i);
    __m512i acc[QUARTERS];
    start(s, acc);
    I8K_UNROLL
    for (int x = 0; x < side; ++x) {
      if (x < side - stride)
        copy(columns[x], columns[x + stride]);
      else
        load_column(s, p, x, side, columns[x]);
      multiply(acc, columns[x], weights[x]);
    }
    if (side == 5) multiply_fifth_row(s, p, weights + 5, acc);
    finish(s, acc, r.low + i, r.high + i);
  }
}

/// The number of pixels from i on whose windows follow each other at `step` bytes.
static inline size_t run_length(const i8k_convolution_arguments *t, size_t i, size_t step) {
  const __m512i index = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
  const __m512i eight = _mm512_set1_epi64(8 * (int64_t)step);
  __m512i expected = _mm512_add_epi64(_mm512_set1_epi64((int64_t)t->rows[i]),
                                      _mm512_mullo_epi64(index, _mm512_set1_epi64((int64_t)step)));
  for (size_t length = 0;; length += 8, expected = _mm512_add_epi64(expected, eight)) {
    const size_t left = t->mr - i - length;
    const __mmask8 there = (__mmask8)(left < 8 ? (1u << left) - 1 : 0xffu);
    const __m512i places = _mm512_maskz_loadu_epi64(there, t->rows + i + length);
    const unsigned like = _mm512_mask_cmpeq_epi64_mask(there, places, expected);
    if (like != 0xffu) return length + (size_t)__builtin_ctz(~like);
  }
}

/// The next two runs from pixel i on: two rows of a map, else the halves of a row, else two pixels or one.
static inline runs next_runs(const i8k_convolution_arguments *t, size_t i, size_t step) {
  const size_t first = run_length(t, i, step), next = i + first;
  if (next < t->mr && run_length(t, next, step) >= first) return (runs){i, next, first};
  if (first > 1) return (runs){i, i + first / 2, first / 2};
  return (runs){i, next < t->mr ? next : i, 1};
}

/// 3 or 5 where the kernel is such a square without dilation in x, else 0.
static inline int square_side(const i8k_convolution_arguments *t) {
  const size_t side = t->taps == 9 ? 3 : t->taps == 25 ? 5 : 0;
  const size_t *offsets = t->tapByteOffsets;
  for (size_t tap = 0; tap < side * side; ++tap)
    if (offsets[tap] - offsets[tap / side * side] != tap % side * (offsets[1] - offsets[0])) return 0;
  return (int)side;
}

/// Whether the second pixel's window begins a column after the first one's.
static inline bool steps_one_column(const i8k_convolution_arguments *t) {
  const size_t column = t->tapByteOffsets[1] - t->tapByteOffsets[0];
  return t->mr > 1 && t->rows[1] == (const char *)t->rows[0] + column;
}

static inline __attribute__((always_inline)) void run_square(const state *s, const int side, const int stride) {
  const i8k_convolution_arguments *t = s->arguments;
  const int8_t *w = (const int8_t *)t->panel + 4 * NR;
  __m512i weights[7][QUARTERS];
  for (int x = 0; x < side; ++x)
    load_weights(w, x, side + x, 2 * side + x, side > 3 ? 3 * side + x : -1, weights[x]);
  if (side == 5) {
    load_weights(w, 20, 21, 22, 23, weights[5]);
    load_weights(w, 24, -1, -1, -1, weights[6]);
  }
  const size_t step = stride * (t->tapByteOffsets[1] - t->tapByteOffsets[0]);
  for (size_t i = 0; i < t->mr;) {
    const runs r = next_runs(t, i, step);
    walk(s, r, side, stride, weights);
    i = r.high + r.length;
  }
}

/// Any kernel, two pixels at a time; the first 64 elements' weights are interleaved once.
static inline __attribute__((always_inline)) void run_any(const state *s) {
  const i8k_convolution_arguments *t = s->arguments;
  const int8_t *w = (const int8_t *)t->panel + 4 * NR;
  const int groups = (int)((t->taps + 3) / 4);
  __m512i weights[PREPARED][QUARTERS];
  for (size_t i = 0; i < t->mr; i += 2) {
    const size_t other = i + 1 < t->mr ? i + 1 : i;
    const place p = {t->rows[i], t->rows[other]};
    __m512i acc[QUARTERS];
    start(s, acc);
    for (int group = 0; group < groups; ++group) {
      const int first = 4 * group, left = (int)t->taps - first;
      __m512i *const groupWeights = weights[group % PREPARED];
      if (i == 0 || groups > PREPARED)
        load_weights(w, first, left > 1 ? first + 1 : -1, left > 2 ? first + 2 : -1, left > 3 ? first + 3 : -1,
                     groupWeights);
      // Idle elements repeat the first: their weights are zero.
      const size_t *offsets = t->tapByteOffsets + first;
      __m512i elements[QUARTERS];
      interleave(load_pair(p, offsets[0]), load_pair(p, offsets[left > 1 ? 1 : 0]),
                 load_pair(p, offsets[left > 2 ? 2 : 0]), load_pair(p, offsets[left > 3 ? 3 : 0]), elements);
      multiply(acc, elements, groupWeights);
    }
    finish(s, acc, i, other);
  }
}

static inline __attribute__((always_inline)) void run(const i8k_convolution_arguments *arguments, const bool isStrip) {
  // A copy: stores of bytes might alias the arguments, which would be loaded again and again.
  const i8k_convolution_arguments copy = *arguments, *t = &copy;
  state s;
  s.arguments = t;
  s.isStrip = isStrip;
  for (int j = 0; j < QUARTERS; ++j) s.bias[j] = i8k_arranged512(t->panel, j, i8k_lanes_unpacked);
  s.isBounded = t->epilogue.isBounded && !t->residual && !t->epilogue.negativeMultipliers;
  if (s.isBounded)
    i8k_load_bounded512(&t->epilogue, QUARTERS, i8k_lanes_unpacked, &s.bounded);
  else
    i8k_load_numbers512(&t->epilogue, QUARTERS, i8k_lanes_unpacked, isStrip, &s.numbers);
  const int side = square_side(t);
  const bool isDense = side > 0 && steps_one_column(t);
  if (side == 3 && isDense)
    run_square(&s, 3, 1);
  else if (side == 3)
    run_square(&s, 3, 2);
  else if (side == 5 && isDense)
    run_square(&s, 5, 1);
  else if (side == 5)
    run_square(&s, 5, 2);
  else
    run_any(&s);
}

void i8k_dw_q8_2x32c1__avx512vnni(const i8k_convolution_arguments *t) { run(t, false); }

void i8k_dw_q16_2x32c1__avx512vnni(const i8k_convolution_arguments *t) { run(t, true); }

#pragma clang attribute pop
#endif
