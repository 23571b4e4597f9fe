#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include "../avx2.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

// 6 pixels × 16 channels on Int16: vpmaddwd adds two exact products a lane. Rows come widened to Int16, so that a pair
// of elements is one broadcast from memory; weights are packed as pairs [nr][2]. Twelve accumulators, two weights and a
// broadcast fill the registers; a panel of at most 8 channels uses the first half alone.

enum { MR = 6, NR = 16 };

typedef __m256i accumulators[MR][2];

static inline __attribute__((always_inline)) void accumulate(const i8k_convolution_arguments *t,
                                                             const void *const *rows, const int halves,
                                                             accumulators result) {
  // A local array, copied out at the end, stays in registers.
  accumulators acc;
  const int32_t *bias = t->panel;
  for (int h = 0; h < halves; ++h) {
    const __m256i start = _mm256_loadu_si256((const __m256i *)(bias + 8 * h));
    for (int i = 0; i < MR; ++i) acc[i][h] = start;
  }
  const int16_t *w = (const int16_t *)(bias + NR);
  const size_t pairs = (t->depth + 1) / 2;
  for (size_t tap = 0; tap < t->taps; ++tap, rows += MR) {
    const char *row[MR];
    for (int i = 0; i < MR; ++i) row[i] = (const char *)rows[i] + t->rowByteOffset;
    for (size_t k = 0; k < pairs; ++k, w += 2 * NR) {
      __m256i weights[2];
      for (int h = 0; h < halves; ++h) weights[h] = _mm256_loadu_si256((const __m256i *)(w + 16 * h));
      for (int i = 0; i < MR; ++i) {
        const __m256i pair = i8k_broadcast32(row[i] + 4 * k);
        for (int h = 0; h < halves; ++h)
          acc[i][h] = _mm256_add_epi32(acc[i][h], _mm256_madd_epi16(pair, weights[h]));
      }
    }
  }
  for (int i = 0; i < MR; ++i)
    for (int h = 0; h < 2; ++h) result[i][h] = h < halves ? acc[i][h] : _mm256_setzero_si256();
}

/// Where a block of pixels goes.
typedef struct {
  int8_t *output;
  size_t stride;
  const int8_t *residual;
  size_t residualStride;
  size_t nr;
} place;

static inline __attribute__((always_inline)) void store_block(const place at, accumulators acc, size_t left,
                                                              const i8k_numbers_avx2 *n, const i8k_form_avx2 form) {
  for (size_t i = 0; i < MR; i += 2) {
    if (i >= left) return;
    const bool isPair = i + 1 < left;
    int8_t *output = at.output + i * at.stride;
    const int8_t *residual = form.hasResidual ? at.residual + i * at.residualStride : NULL;
    i8k_store_pair_avx2(acc[i], acc[i + 1], n, form, residual, isPair ? residual + at.residualStride : residual,
                        output, isPair ? output + at.stride : NULL, at.nr);
  }
}

static inline __attribute__((always_inline)) void run_q8(const i8k_convolution_arguments *t, const int halves,
                                                         const i8k_form_avx2 form) {
  i8k_numbers_avx2 n;
  i8k_load_numbers_avx2(&t->epilogue, false, false, &n);
  const void *const *rows = t->rows;
  place at = {t->output, t->outputStrideBytes, t->residual, t->residualStrideBytes, t->nr};
  for (size_t left = t->mr;; left -= MR, rows += MR * t->taps) {
    accumulators acc;
    accumulate(t, rows, halves, acc);
    if (left > MR && at.nr == NR) {
      // Whole blocks, without a question.
      store_block((place){at.output, at.stride, at.residual, at.residualStride, NR}, acc, MR, &n, form);
    } else {
      store_block(at, acc, left, &n, form);
      if (left <= MR) return;
    }
    at.output += MR * at.stride;
    if (form.hasResidual) at.residual += MR * at.residualStride;
  }
}

static inline __attribute__((always_inline)) void run_q16(const i8k_convolution_arguments *t, const int halves,
                                                          const bool isBounded) {
  i8k_numbers_avx2 n;
  i8k_load_numbers_avx2(&t->epilogue, true, false, &n);
  const void *const *rows = t->rows;
  char *output = t->output;
  for (size_t left = t->mr;; left -= MR, rows += MR * t->taps) {
    accumulators acc;
    accumulate(t, rows, halves, acc);
    for (size_t i = 0; i < MR; ++i, output += t->outputStrideBytes) {
      if (i >= left) return;
      i8k_store_strip_avx2(acc[i], &n, false, isBounded, (int16_t *)output, t->nr);
    }
    if (left <= MR) return;
  }
}

static inline __attribute__((always_inline)) void run_any_q8(const i8k_convolution_arguments *t, const int halves) {
  const i8k_requantization *q = &t->epilogue;
  const bool hasResidual = t->residual != NULL;
  if (!q->isBounded || q->negativeMultipliers) {
    // The rare forms: every product with its sign, every value clamped before it is converted.
    i8k_requantization numbers = *q;
    if (!numbers.negativeMultipliers) numbers.negativeMultipliers = numbers.multipliers;
    i8k_convolution_arguments general = *t;
    general.epilogue = numbers;
    if (hasResidual)
      run_q8(&general, halves, (i8k_form_avx2){false, false, true, true});
    else
      run_q8(&general, halves, (i8k_form_avx2){false, false, true, false});
  } else if (hasResidual) {
    run_q8(t, halves, (i8k_form_avx2){false, true, false, true});
  } else {
    run_q8(t, halves, (i8k_form_avx2){false, true, false, false});
  }
}

void i8k_conv_q8_6x16c2__avx2(const i8k_convolution_arguments *t) {
  if (t->nr > 8)
    run_any_q8(t, 2);
  else
    run_any_q8(t, 1);
}

void i8k_conv_q16_6x16c2__avx2(const i8k_convolution_arguments *t) {
  if (t->nr > 8)
    run_q16(t, 2, t->epilogue.isBounded);
  else
    run_q16(t, 1, t->epilogue.isBounded);
}

#pragma clang attribute pop
#endif
