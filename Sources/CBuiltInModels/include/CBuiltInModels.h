#ifndef C_BUILT_IN_MODELS_H
#define C_BUILT_IN_MODELS_H

#include <stddef.h>

#pragma clang assume_nonnull begin

/// The model that `edge selftest` runs: a small network with every operation there is. Constant bytes of the program.
const void *bim_selftest_model(size_t *byteCount);

/// The model that `edge embed` runs when none is named. Constant bytes of the program, whose pages are read when they are
/// used; null and 0 bytes in a program that was built without it.
const void *_Nullable bim_default_model(size_t *byteCount);

/// What scripts/make-default-model found, in hexadecimal; empty without a default model. SHA-256 of
/// - the model's bytes;
const char *bim_default_sha256(void);
/// - its outputs for the pictures of `edge selftest`;
const char *bim_default_outputs_sha256(void);
/// - the embeddings of Samples/evaluation, Float32 row by row as `edge embed` writes them.
const char *bim_default_samples_sha256(void);

#pragma clang assume_nonnull end

#endif
