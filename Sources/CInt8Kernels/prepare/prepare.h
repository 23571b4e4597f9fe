// How rows are prepared for the kernels that do not read Int8 as it stands.
#ifndef I8K_PREPARE_H
#define I8K_PREPARE_H

#include "../base.h"

#define I8K_PREPARE(name)                                                                            \
  void name(const int8_t *source, size_t sourceStrideBytes, void *destination, size_t destinationStrideBytes, \
            size_t rows, size_t count)

I8K_PREPARE(i8k_copy__scalar);
I8K_PREPARE(i8k_copy__neon);
I8K_PREPARE(i8k_widen__avx2);
/// q + 128
I8K_PREPARE(i8k_offset__avx2);
/// q + 128, every second element 127 − q
I8K_PREPARE(i8k_turn__avx2);
I8K_PREPARE(i8k_offset__avx512vnni);

void i8k_join_rows__neon(const i8k_join_arguments *arguments);

#endif
