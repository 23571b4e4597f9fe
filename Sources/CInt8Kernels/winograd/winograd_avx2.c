#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// 6 tiles × 16 channels a block. The sixteen positions of the window are sixteen products of matrices, one after the
// other over all tiles: the weights of one position, 32 bytes a channel, stay in the nearest cache, and the sums wait
// in `sums` until all sixteen are there. As in the plain Int16 kernel a pair of elements is one broadcast from memory.

enum { MR = 6, NR = 16 };

/// Bᵀ times a column.
static inline void transform4(__m256i a, __m256i b, __m256i c, __m256i d, __m256i y[4]) {
  y[0] = _mm256_sub_epi16(a, c);
  y[1] = _mm256_add_epi16(b, c);
  y[2] = _mm256_sub_epi16(c, b);
  y[3] = _mm256_sub_epi16(b, d);
}

/// Bᵀ times the column of the rows' pixels that begins at `source`.
static inline void load_column(const int8_t *source, size_t stride, __m256i y[4]) {
  transform4(i8k_widen16(source), i8k_widen16(source + stride), i8k_widen16(source + 2 * stride),
             i8k_widen16(source + 3 * stride), y);
}

void i8k_winograd_windows__avx2(const i8k_winograd_windows_arguments *t) {
  for (size_t y = 0; y < t->tileRows; ++y)
    for (size_t c = 0; c < t->channels; c += 16) {
      const int8_t *source = t->rows + 2 * y * t->rowStrideBytes + c;
      int16_t *place = t->windows + y * t->tileColumns * t->windowChannels + c;
      // Two of a tile's four columns are the next tile's too.
      __m256i left[2][4];
      for (int x = 0; x < 2; ++x) load_column(source + (size_t)x * t->channels, t->rowStrideBytes, left[x]);
      for (size_t x = 0; x < t->tileColumns; ++x, place += t->windowChannels) {
        source += 2 * t->channels;
        __m256i right[2][4];
        load_column(source, t->rowStrideBytes, right[0]);
        load_column(source + t->channels, t->rowStrideBytes, right[1]);
        for (size_t row = 0; row < 4; ++row) {
          __m256i v[4];
          transform4(left[0][row], left[1][row], right[0][row], right[1][row], v);
          for (size_t i = 0; i < 4; ++i)
            _mm256_storeu_si256((__m256i *)(place + (4 * row + i) * t->windowsStride), v[i]);
        }
        for (int row = 0; row < 4; ++row) {
          left[0][row] = right[0][row];
          left[1][row] = right[1][row];
        }
      }
    }
}

/// 2G times a column of three.
static inline void transform3(__m256i a, __m256i b, __m256i c, __m256i y[4]) {
  const __m256i outer = _mm256_add_epi16(a, c);
  y[0] = _mm256_add_epi16(a, a);
  y[1] = _mm256_add_epi16(outer, b);
  y[2] = _mm256_sub_epi16(outer, b);
  y[3] = _mm256_add_epi16(c, c);
}

/// U of the whole panel: Int8 weights are fetched from memory, and their transforms, 3½ times as large, live in the cache.
static void transform_weights(const i8k_winograd_arguments *t) {
  const int8_t *source = (const int8_t *)((const int32_t *)t->panel + NR);
  const size_t distance = t->weightsStride;
  int16_t *place = t->weights;
  for (size_t pair = 0; pair < t->windowChannels / 2; ++pair, source += 9 * 2 * NR, place += 2 * NR)
    for (size_t half = 0; half < 2 * NR; half += 16) {
      __m256i columns[3][4];
      for (size_t x = 0; x < 3; ++x) {
        const int8_t *column = source + x * 2 * NR + half;
        transform3(i8k_widen16(column), i8k_widen16(column + 6 * NR), i8k_widen16(column + 12 * NR), columns[x]);
      }
      for (size_t y = 0; y < 4; ++y) {
        __m256i u[4];
        transform3(columns[0][y], columns[1][y], columns[2][y], u);
        for (size_t x = 0; x < 4; ++x)
          _mm256_storeu_si256((__m256i *)(place + (4 * y + x) * distance + half), u[x]);
      }
    }
}

/// The sums of one window position for `height` tiles.
static inline __attribute__((always_inline)) void multiply(const int16_t *v, size_t stride, const int16_t *w,
                                                           size_t pairs, const __m256i start[2], const int height,
                                                           int32_t *sums) {
  __m256i acc[MR][2];
  for (int i = 0; i < height; ++i)
    for (int h = 0; h < 2; ++h) acc[i][h] = start[h];
  for (size_t k = 0; k < pairs; ++k, w += 2 * NR, v += 2) {
    const __m256i first = i8k_load256(w), second = i8k_load256(w + 16);
    for (int i = 0; i < height; ++i) {
      const __m256i pair = i8k_broadcast32(v + (size_t)i * stride);
      acc[i][0] = _mm256_add_epi32(acc[i][0], _mm256_madd_epi16(pair, first));
      acc[i][1] = _mm256_add_epi32(acc[i][1], _mm256_madd_epi16(pair, second));
    }
  }
  for (int i = 0; i < height; ++i)
    for (int h = 0; h < 2; ++h) _mm256_storeu_si256((__m256i *)(sums + i * NR + 8 * h), acc[i][h]);
}

static inline __attribute__((always_inline)) void multiply_all(const i8k_winograd_arguments *t) {
  transform_weights(t);
  const size_t tiles = t->tileRows * t->tileColumns, width = t->windowChannels;
  const int32_t *bias = t->panel;
  const int16_t *w = t->weights;
  for (size_t i = 0; i < 16; ++i, w += t->weightsStride) {
    __m256i start[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    if (i == 5)
      // The middle of the window reaches all four pixels.
      for (int h = 0; h < 2; ++h) start[h] = _mm256_loadu_si256((const __m256i *)(bias + 8 * h));
    const int16_t *v = t->windows + i * t->windowsStride;
    int32_t *sums = t->sums + i * t->sumsStride;
    size_t left = tiles;
    for (; left >= MR; left -= MR, v += MR * width, sums += MR * NR)
      multiply(v, width, w, width / 2, start, MR, sums);
    if (left > 3) {
      multiply(v, width, w, width / 2, start, 4, sums);
      v += 4 * width, sums += 4 * NR, left -= 4;
    }
    if (left > 1) {
      multiply(v, width, w, width / 2, start, 2, sums);
      v += 2 * width, sums += 2 * NR, left -= 2;
    }
    if (left > 0) multiply(v, width, w, width / 2, start, 1, sums);
  }
}

static inline __m256i load_sums(const int32_t *sums) { return _mm256_loadu_si256((const __m256i *)sums); }

/// 4·acc of a tile's pixels, [row][column][half].
static inline __attribute__((always_inline)) void combine(const int32_t *sums, size_t stride, __m256i acc[2][2][2]) {
  for (int h = 0; h < 2; ++h) {
    __m256i rows[2][4];
    for (size_t x = 0; x < 4; ++x) {
      const int32_t *column = sums + x * stride + 8 * h;
      const __m256i b = load_sums(column + 4 * stride), c = load_sums(column + 8 * stride);
      rows[0][x] = _mm256_add_epi32(_mm256_add_epi32(load_sums(column), b), c);
      rows[1][x] = _mm256_sub_epi32(_mm256_sub_epi32(b, c), load_sums(column + 12 * stride));
    }
    for (int y = 0; y < 2; ++y) {
      acc[y][0][h] = _mm256_add_epi32(_mm256_add_epi32(rows[y][0], rows[y][1]), rows[y][2]);
      acc[y][1][h] = _mm256_sub_epi32(_mm256_sub_epi32(rows[y][1], rows[y][2]), rows[y][3]);
    }
  }
}

static inline __attribute__((always_inline)) void run_q8(const i8k_winograd_arguments *t, const i8k_form_avx2 form) {
  multiply_all(t);
  i8k_numbers_avx2 n;
  i8k_load_numbers_avx2(&t->epilogue, false, false, &n);
  const int32_t *sums = t->sums;
  for (size_t y = 0; y < t->tileRows; ++y) {
    int8_t *output = (int8_t *)t->output + 2 * y * t->outputRowStrideBytes;
    const int8_t *residual = form.hasResidual ? t->residual + 2 * y * t->residualRowStrideBytes : NULL;
    const size_t height = t->rows - 2 * y;
    for (size_t x = 0; x < t->tileColumns; ++x, sums += NR) {
      __m256i acc[2][2][2];
      combine(sums, t->sumsStride, acc);
      const bool isPair = 2 * x + 1 < t->columns;
      for (size_t row = 0; row < 2 && row < height; ++row) {
        int8_t *place = output + row * t->outputRowStrideBytes;
        const int8_t *r = form.hasResidual ? residual + row * t->residualRowStrideBytes : NULL;
        i8k_store_pair_avx2(acc[row][0], acc[row][1], &n, form, r,
                            form.hasResidual && isPair ? r + t->residualStrideBytes : r, place,
                            isPair ? place + t->outputStrideBytes : NULL, t->nr);
      }
      output += 2 * t->outputStrideBytes;
      if (form.hasResidual) residual += 2 * t->residualStrideBytes;
    }
  }
}

void i8k_winograd_q8_6x16c2__avx2(const i8k_winograd_arguments *t) {
  const bool hasResidual = t->residual != NULL;
  if (t->epilogue.isBounded && !t->epilogue.negativeMultipliers) {
    if (hasResidual)
      run_q8(t, (i8k_form_avx2){false, true, false, true});
    else
      run_q8(t, (i8k_form_avx2){false, true, false, false});
    return;
  }
  // The rare forms: every product with its sign, every value clamped before it is converted.
  i8k_winograd_arguments general = *t;
  if (!general.epilogue.negativeMultipliers) general.epilogue.negativeMultipliers = general.epilogue.multipliers;
  if (hasResidual)
    run_q8(&general, (i8k_form_avx2){false, false, true, true});
  else
    run_q8(&general, (i8k_form_avx2){false, false, true, false});
}

void i8k_winograd_q16_6x16c2__avx2(const i8k_winograd_arguments *t) {
  multiply_all(t);
  i8k_numbers_avx2 n;
  i8k_load_numbers_avx2(&t->epilogue, true, false, &n);
  const int32_t *sums = t->sums;
  for (size_t tile = 0; tile < t->tileRows * t->tileColumns; ++tile, sums += NR) {
    const size_t y = tile / t->tileColumns * 2, x = tile % t->tileColumns * 2;
    char *output = (char *)t->output + y * t->outputRowStrideBytes + x * t->outputStrideBytes;
    __m256i acc[2][2][2];
    combine(sums, t->sumsStride, acc);
    for (size_t row = 0; row < 2 && y + row < t->rows; ++row, output += t->outputRowStrideBytes) {
      i8k_store_strip_avx2(acc[row][0], &n, false, t->epilogue.isBounded, (int16_t *)output, t->nr);
      if (x + 1 < t->columns)
        i8k_store_strip_avx2(acc[row][1], &n, false, t->epilogue.isBounded,
                             (int16_t *)(output + t->outputStrideBytes), t->nr);
    }
  }
}

#pragma clang attribute pop
#endif
