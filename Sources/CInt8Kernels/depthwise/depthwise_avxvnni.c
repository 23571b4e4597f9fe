#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"), always_inline)), apply_to = function)

// Two pixels × 16 channels, one pixel in either half of a register, by vpdpbusd: rows come as q + 128; the bytes of
// four kernel elements are interleaved, and so are the weights. Interleaving works within 128-bit lanes: register j of
// the four that it gives has channels 4j…4j + 3 of both pixels, and packing words and bytes restores the order.
//
// 3×3 and 5×5 walk along two runs of pixels, one in either half, whose windows overlap: the elements of a column are
// interleaved once, into memory, and serve all windows that it is in. What does not overlap so takes a run of one
// pixel.

enum { NR = 16, QUARTERS = 4, PREPARED = 16, RUN = 14, COLUMNS = 2 * (RUN - 1) + 5 };

#define UNROLL _Pragma("clang loop unroll(full)")

typedef struct {
  const char *low, *high;
} place;

static inline __m256i load_pair(place p, size_t offset) {
  return _mm256_inserti128_si256(_mm256_castsi128_si256(i8k_load128((const int8_t *)p.low + offset)),
                                 i8k_load128((const int8_t *)p.high + offset), 1);
}

static inline __m256i both(const void *lane) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)lane));
}

static inline __m256 both_ps(const float *lane) { return _mm256_castsi256_ps(both(lane)); }

static inline void interleave(__m256i a, __m256i b, __m256i c, __m256i d, __m256i result[QUARTERS]) {
  const __m256i lowAB = _mm256_unpacklo_epi8(a, b), highAB = _mm256_unpackhi_epi8(a, b);
  const __m256i lowCD = _mm256_unpacklo_epi8(c, d), highCD = _mm256_unpackhi_epi8(c, d);
  result[0] = _mm256_unpacklo_epi16(lowAB, lowCD);
  result[1] = _mm256_unpackhi_epi16(lowAB, lowCD);
  result[2] = _mm256_unpacklo_epi16(highAB, highCD);
  result[3] = _mm256_unpackhi_epi16(highAB, highCD);
}

static inline void multiply(__m256i acc[QUARTERS], const __m256i elements[QUARTERS],
                            const __m256i weights[QUARTERS]) {
  UNROLL
  for (int j = 0; j < QUARTERS; ++j) acc[j] = _mm256_dpbusd_avx_epi32(acc[j], elements[j], weights[j]);
}

/// The weights of four kernel elements, a negative one standing for none.
static inline void load_weights(const int8_t *w, int a, int b, int c, int d, __m256i result[QUARTERS]) {
  const int taps[4] = {a, b, c, d};
  __m256i rows[4];
  for (int k = 0; k < 4; ++k) rows[k] = taps[k] < 0 ? _mm256_setzero_si256() : both(w + NR * taps[k]);
  interleave(rows[0], rows[1], rows[2], rows[3], result);
}

/// What a call keeps: the sums' start, and the epilogue's numbers, a register's or as vpackssdw joins those of two.
typedef struct {
  const i8k_convolution_arguments *arguments;
  __m256i bias[QUARTERS];
  __m256 multipliers[QUARTERS], negativeMultipliers[QUARTERS], upper[QUARTERS], residualMultipliers[QUARTERS];
  __m256i residualZeroPoints[2], zeroPoints[2], least[2];
  bool isStrip, hasNegatives;
} state;

static inline void load_numbers(state *s) {
  const i8k_requantization *q = &s->arguments->epilogue;
  s->hasNegatives = q->negativeMultipliers != NULL;
  for (int j = 0; j < QUARTERS; ++j) {
    s->bias[j] = both((const int32_t *)s->arguments->panel + 4 * j);
    s->multipliers[j] = both_ps(q->multipliers + 4 * j);
    s->upper[j] = both_ps(q->upper + 4 * j);
    if (q->negativeMultipliers) s->negativeMultipliers[j] = both_ps(q->negativeMultipliers + 4 * j);
    if (q->residualMultipliers) s->residualMultipliers[j] = both_ps(q->residualMultipliers + 4 * j);
  }
  int16_t least[NR];
  for (int o = 0; o < NR; ++o) least[o] = (int16_t)((int32_t)q->lower[o] + q->zeroPoints[o]);
  for (int pair = 0; pair < 2; ++pair) {
    s->zeroPoints[pair] = both(q->zeroPoints + 8 * pair);
    s->least[pair] = both(least + 8 * pair);
    if (q->residualZeroPoints) s->residualZeroPoints[pair] = both(q->residualZeroPoints + 8 * pair);
  }
}

static inline void start(const state *s, __m256i acc[QUARTERS]) {
  UNROLL
  for (int j = 0; j < QUARTERS; ++j) acc[j] = s->bias[j];
}

/// f32(r − residual zero point)·residual multiplier of register j, from the bytes of both pixels.
static inline __m256 residual(const state *s, __m256i bytes, int j) {
  const __m256i doubled = j < 2 ? _mm256_unpacklo_epi8(bytes, bytes) : _mm256_unpackhi_epi8(bytes, bytes);
  const __m256i words = _mm256_sub_epi16(_mm256_srai_epi16(doubled, 8), s->residualZeroPoints[j / 2]);
  const __m256i twice = j % 2 == 0 ? _mm256_unpacklo_epi16(words, words) : _mm256_unpackhi_epi16(words, words);
  return _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_srai_epi32(twice, 16)), s->residualMultipliers[j]);
}

/// f32(acc)·m of register j.
static inline __m256 scale(const state *s, __m256i acc, int j) {
  __m256 m = s->multipliers[j];
  if (s->hasNegatives) m = _mm256_blendv_ps(m, s->negativeMultipliers[j], _mm256_castsi256_ps(acc));
  return _mm256_mul_ps(_mm256_cvtepi32_ps(acc), m);
}

/// Rounds and bounds v: above in Float, where nothing has overflowed; what is below −2³¹ converts to −2³¹, saturates to
/// −32768 and meets the lower bound among words.
static inline __m256i requantize(const state *s, const __m256 v[QUARTERS]) {
  __m256i words[2];
  UNROLL
  for (int pair = 0; pair < 2; ++pair) {
    const int j = 2 * pair;
    const __m256i first = _mm256_cvtps_epi32(_mm256_min_ps(v[j], s->upper[j]));
    const __m256i second = _mm256_cvtps_epi32(_mm256_min_ps(v[j + 1], s->upper[j + 1]));
    words[pair] = _mm256_adds_epi16(_mm256_packs_epi32(first, second), s->zeroPoints[pair]);
    words[pair] = _mm256_max_epi16(words[pair], s->least[pair]);
  }
  return _mm256_packs_epi16(words[0], words[1]);
}

static inline void finish_q8(const state *s, const __m256i acc[QUARTERS], size_t low, size_t high) {
  const i8k_convolution_arguments *t = s->arguments;
  __m256 v[QUARTERS];
  UNROLL
  for (int j = 0; j < QUARTERS; ++j) v[j] = scale(s, acc[j], j);
  if (t->residual) {
    const char *rows = (const char *)t->residual;
    const __m256i bytes =
        load_pair((place){rows + low * t->residualStrideBytes, rows + high * t->residualStrideBytes}, 0);
    UNROLL
    for (int j = 0; j < QUARTERS; ++j) v[j] = _mm256_add_ps(v[j], residual(s, bytes, j));
  }
  const __m256i y = requantize(s, v);
  int8_t *output = t->output;
  i8k_store8(output + low * t->outputStrideBytes, _mm256_castsi256_si128(y), t->nr);
  i8k_store8(output + high * t->outputStrideBytes, _mm256_extracti128_si256(y, 1), t->nr);
}

static inline void finish_q16(const state *s, const __m256i acc[QUARTERS], size_t low, size_t high) {
  const i8k_convolution_arguments *t = s->arguments;
  const __m256 upper = _mm256_set1_ps(32767.0f);
  __m256i rounded[QUARTERS];
  UNROLL
  for (int j = 0; j < QUARTERS; ++j) {
    const __m256 v = _mm256_mul_ps(_mm256_cvtepi32_ps(acc[j]), s->multipliers[j]);
    rounded[j] = _mm256_cvtps_epi32(_mm256_min_ps(v, upper));
  }
  const __m256i first = _mm256_packs_epi32(rounded[0], rounded[1]);
  const __m256i last = _mm256_packs_epi32(rounded[2], rounded[3]);
  char *output = t->output;
  i8k_store16((int16_t *)(output + low * t->outputStrideBytes), _mm256_permute2x128_si256(first, last, 0x20), t->nr);
  i8k_store16((int16_t *)(output + high * t->outputStrideBytes), _mm256_permute2x128_si256(first, last, 0x31), t->nr);
}

static inline void finish(const state *s, const __m256i acc[QUARTERS], size_t low, size_t high) {
  if (s->isStrip)
    finish_q16(s, acc, low, high);
  else
    finish_q8(s, acc, low, high);
}

/// Two runs of `length` pixels, from `low` and from `high` on.
typedef struct {
  size_t low, high, length;
} runs;

static inline place windows(const state *s, runs r, size_t i) {
  return (place){s->arguments->rows[r.low + i], s->arguments->rows[r.high + i]};
}

/// The columns under a run: elements of the first four rows; the fifth row's bytes, after three columns of anything;
/// and of that row four columns' elements, of which this is the last.
typedef struct {
  __m256i rows[COLUMNS][QUARTERS], bytes[COLUMNS + 3], fifth[COLUMNS][QUARTERS];
} columns;

/// Column `at` of a run, which is column x of the window p.
static inline void load_column(const state *s, place p, const int x, const int side, const int stride, size_t at,
                               columns *c) {
  const size_t *offsets = s->arguments->tapByteOffsets + x;
  interleave(load_pair(p, offsets[0]), load_pair(p, offsets[side]), load_pair(p, offsets[2 * side]),
             side > 3 ? load_pair(p, offsets[3 * side]) : _mm256_setzero_si256(), c->rows[at]);
  if (side < 5) return;
  const __m256i last = load_pair(p, offsets[20]);
  c->bytes[at + 3] = last;
  // With stride 2 no window asks for an odd one.
  if (x % stride == 0) interleave(c->bytes[at], c->bytes[at + 1], c->bytes[at + 2], last, c->fifth[at]);
}

/// side 3 or 5; from a window to the next `stride` columns.
static inline void walk(const state *s, const runs r, const int side, const int stride,
                        const __m256i weights[7][QUARTERS]) {
  columns c;
  // Their weights are zero.
  for (int x = 0; x < 3; ++x) c.bytes[x] = _mm256_setzero_si256();
  UNROLL
  for (int x = 0; x < side - stride; ++x) load_column(s, windows(s, r, 0), x, side, stride, x, &c);
  for (size_t i = 0; i < r.length; ++i) {
    const place p = windows(s, r, i);
    const size_t first = i * stride;
    UNROLL
    for (int x = side - stride; x < side; ++x) load_column(s, p, x, side, stride, first + x, &c);
    __m256i acc[QUARTERS];
    start(s, acc);
    UNROLL
    for (int x = 0; x < side; ++x) multiply(acc, c.rows[first + x], weights[x]);
    if (side == 5) {
      multiply(acc, c.fifth[first], weights[5]);
      multiply(acc, c.fifth[first + 4], weights[6]);
    }
    finish(s, acc, r.low + i, r.high + i);
  }
}

/// The number of pixels from i on, at most twice RUN, whose windows follow each other at `step` bytes.
static inline size_t run_length(const i8k_convolution_arguments *t, size_t i, size_t step) {
  size_t length = 1;
  const char *place = t->rows[i];
  for (; length < 2 * RUN && i + length < t->mr && t->rows[i + length] == place + step; ++length) place += step;
  return length;
}

/// The next two runs from pixel i on: two rows of a map, else the halves of a row, else two pixels or one.
static inline runs next_runs(const i8k_convolution_arguments *t, size_t i, size_t step) {
  const size_t first = run_length(t, i, step), next = i + first;
  if (first <= RUN && next < t->mr && run_length(t, next, step) >= first) return (runs){i, next, first};
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

static inline void run_square(const state *s, const int side, const int stride) {
  const i8k_convolution_arguments *t = s->arguments;
  const int8_t *w = (const int8_t *)t->panel + 4 * NR;
  __m256i weights[7][QUARTERS];
  for (int x = 0; x < side; ++x)
    load_weights(w, x, side + x, 2 * side + x, side > 3 ? 3 * side + x : -1, weights[x]);
  if (side == 5) {
    load_weights(w, -1, -1, -1, 20, weights[5]);
    load_weights(w, 21, 22, 23, 24, weights[6]);
  }
  const size_t step = stride * (t->tapByteOffsets[1] - t->tapByteOffsets[0]);
  for (size_t i = 0; i < t->mr;) {
    const runs r = next_runs(t, i, step);
    walk(s, r, side, stride, weights);
    i = r.high + r.length;
  }
}

/// Any kernel, two pixels at a time; the first 64 elements' weights are interleaved once.
static inline void run_any(const state *s) {
  const i8k_convolution_arguments *t = s->arguments;
  const int8_t *w = (const int8_t *)t->panel + 4 * NR;
  const int groups = (int)((t->taps + 3) / 4);
  __m256i weights[PREPARED][QUARTERS];
  for (size_t i = 0; i < t->mr; i += 2) {
    const size_t other = i + 1 < t->mr ? i + 1 : i;
    const place p = {t->rows[i], t->rows[other]};
    __m256i acc[QUARTERS];
    start(s, acc);
    for (int group = 0; group < groups; ++group) {
      const int first = 4 * group, left = (int)t->taps - first;
      __m256i *const groupWeights = weights[group % PREPARED];
      if (i == 0 || groups > PREPARED)
        load_weights(w, first, left > 1 ? first + 1 : -1, left > 2 ? first + 2 : -1, left > 3 ? first + 3 : -1,
                     groupWeights);
      // Idle elements repeat the first: their weights are zero.
      const size_t *offsets = t->tapByteOffsets + first;
      __m256i elements[QUARTERS];
      interleave(load_pair(p, offsets[0]), load_pair(p, offsets[left > 1 ? 1 : 0]),
                 load_pair(p, offsets[left > 2 ? 2 : 0]), load_pair(p, offsets[left > 3 ? 3 : 0]), elements);
      multiply(acc, elements, groupWeights);
    }
    finish(s, acc, i, other);
  }
}

static inline void run(const i8k_convolution_arguments *t, const bool isStrip) {
  state s = {.arguments = t, .isStrip = isStrip};
  load_numbers(&s);
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

#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)

void i8k_dw_q8_2x16c1__avxvnni(const i8k_convolution_arguments *t) { run(t, false); }

void i8k_dw_q16_2x16c1__avxvnni(const i8k_convolution_arguments *t) { run(t, true); }

#pragma clang attribute pop
#endif
