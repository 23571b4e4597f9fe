#include "../registry.h"

#define I8K(op, set, mr, nr, name) void name(const i8k_##op##_arguments *arguments);
#include "resample_kernels.h"
#undef I8K

#define I8K(op, set, mr, nr, name) \
  {#name, i8k_operation_##op, i8k_set_##set, mr, nr, 1, 1, 1, 0, NULL, NULL, {.op = name}, 0},
static const i8k_kernel kernels[] = {
#include "resample_kernels.h"
};

i8k_family i8k_resample_family(void) {
  return (i8k_family){kernels, sizeof kernels / sizeof kernels[0]};
}
