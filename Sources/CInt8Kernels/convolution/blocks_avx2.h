// What the convolution kernels of 6 pixels × 16 channels share: blocks of pixels and their epilogues. No header of its own:
// it is included where MR, NR, the type `accumulators` [MR][2] and
//   accumulate(arguments, rows, height, halves, accumulators)
// are known, and compiled for the instructions of that file.

/// Where a block of pixels goes.
typedef struct {
  int8_t *output;
  size_t stride;
  const int8_t *residual;
  size_t residualStride;
  size_t nr;
} place;

static inline __attribute__((always_inline)) void store_block(const place at, accumulators acc, const int height,
                                                              size_t left, const i8k_numbers_avx2 *n,
                                                              const i8k_form_avx2 form) {
  for (size_t i = 0; i < (size_t)height; i += 2) {
    if (i >= left) return;
    const bool isPair = i + 1 < left;
    int8_t *output = at.output + i * at.stride;
    const int8_t *residual = form.hasResidual ? at.residual + i * at.residualStride : NULL;
    i8k_store_pair_avx2(acc[i], acc[i + 1], n, form, residual, isPair ? residual + at.residualStride : residual,
                        output, isPair ? output + at.stride : NULL, at.nr);
  }
}

/// The last pixels of a call, in the least block that holds them.
static inline __attribute__((always_inline)) void store_last(const i8k_convolution_arguments *t,
                                                             const void *const *rows, const place at,
                                                             const int height, const int halves, size_t left,
                                                             const i8k_numbers_avx2 *n, const i8k_form_avx2 form) {
  accumulators acc;
  accumulate(t, rows, height, halves, acc);
  store_block(at, acc, height, left, n, form);
}

static inline __attribute__((always_inline)) void run_q8(const i8k_convolution_arguments *t, const int halves,
                                                         const i8k_form_avx2 form) {
  i8k_numbers_avx2 n;
  i8k_load_numbers_avx2(&t->epilogue, false, false, &n);
  const void *const *rows = t->rows;
  place at = {(int8_t *)t->output, t->outputStrideBytes, t->residual, t->residualStrideBytes, t->nr};
  size_t left = t->mr;
  for (; left >= MR; left -= MR, rows += MR * t->taps) {
    accumulators acc;
    accumulate(t, rows, MR, halves, acc);
    if (at.nr == NR)
      // Whole blocks, without a question.
      store_block((place){at.output, at.stride, at.residual, at.residualStride, NR}, acc, MR, MR, &n, form);
    else
      store_block(at, acc, MR, MR, &n, form);
    at.output += MR * at.stride;
    if (form.hasResidual) at.residual += MR * at.residualStride;
  }
  if (left > 4)
    store_last(t, rows, at, MR, halves, left, &n, form);
  else if (left > 2)
    store_last(t, rows, at, 4, halves, left, &n, form);
  else if (left > 0)
    store_last(t, rows, at, 2, halves, left, &n, form);
}

static inline __attribute__((always_inline)) void run_q16(const i8k_convolution_arguments *t, const int halves,
                                                          const bool isBounded) {
  i8k_numbers_avx2 n;
  i8k_load_numbers_avx2(&t->epilogue, true, false, &n);
  const void *const *rows = t->rows;
  char *output = t->output;
  for (size_t left = t->mr;; left -= MR, rows += MR * t->taps) {
    accumulators acc;
    if (left > 2)
      accumulate(t, rows, MR, halves, acc);
    else
      accumulate(t, rows, 2, halves, acc);
    for (size_t i = 0; i < MR; ++i, output += t->outputStrideBytes) {
      if (i >= left) return;
      i8k_store_strip_avx2(acc[i], &n, false, isBounded, (int16_t *)output, t->nr);
    }
    if (left <= MR) return;
  }
}

static inline __attribute__((always_inline)) void run_any_q8(const i8k_convolution_arguments *t, const int halves) {
  const bool hasResidual = t->residual != NULL;
  if (t->epilogue.isBounded && !t->epilogue.negativeMultipliers) {
    if (hasResidual)
      run_q8(t, halves, (i8k_form_avx2){false, true, false, true});
    else
      run_q8(t, halves, (i8k_form_avx2){false, true, false, false});
    return;
  }
  // The rare forms: every product with its sign, every value clamped before it is converted.
  i8k_convolution_arguments general = *t;
  if (!general.epilogue.negativeMultipliers) general.epilogue.negativeMultipliers = general.epilogue.multipliers;
  if (hasResidual)
    run_q8(&general, halves, (i8k_form_avx2){false, false, true, true});
  else
    run_q8(&general, halves, (i8k_form_avx2){false, false, true, false});
}
