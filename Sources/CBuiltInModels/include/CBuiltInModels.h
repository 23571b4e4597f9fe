#ifndef C_BUILT_IN_MODELS_H
#define C_BUILT_IN_MODELS_H

#include <stddef.h>

#pragma clang assume_nonnull begin

/// The model that `edge selftest` runs: a small network with every operation there is. Constant bytes of the program.
const void *bim_selftest_model(size_t *byteCount);

#pragma clang assume_nonnull end

#endif
