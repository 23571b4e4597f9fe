#include "../prepare/prepare.h"
#include "../registry.h"

#define I8K(operation, set, mr, nr, kr, transform, name)              \
  void transform(const i8k_winograd_windows_arguments *arguments); \
  void name(const i8k_winograd_arguments *arguments);
#include "winograd_kernels.h"
#undef I8K

// The transformed windows are Int16; the rows that they are made from are Int8 as they stand.
#define I8K(op, set, mr, nr, kr, transform, name)                                                                      \
  {#name, i8k_operation_##op, i8k_set_##set, mr, nr, kr, 2, 1, 0, i8k_copy__scalar, NULL, {.winograd = name}, 0, 0, \
   transform},
static const i8k_kernel kernels[] = {
#include "winograd_kernels.h"
};

i8k_family i8k_winograd_family(void) {
  return (i8k_family){kernels, sizeof kernels / sizeof kernels[0]};
}
