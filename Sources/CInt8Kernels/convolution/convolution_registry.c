#include "../registry.h"
#include "../prepare/prepare.h"

#define I8K(operation, set, mr, nr, kr, weightBytes, rowBytes, rowOffset, prepare, prepareTurned, join, leastProducts, \
            leastDepth, name)                                                                                           \
  void name(const i8k_convolution_arguments *arguments);
#include "convolution_kernels.h"
#undef I8K

#define I8K(op, set, mr, nr, kr, weightBytes, rowBytes, rowOffset, prepare, prepareTurned, join, leastProducts,      \
            leastDepth, name)                                                                                        \
  {#name, i8k_operation_##op, i8k_set_##set, mr, nr, kr, weightBytes, rowBytes, rowOffset, prepare, prepareTurned,   \
   {.convolution = name}, leastProducts, leastDepth, NULL, join},
static const i8k_kernel kernels[] = {
#include "convolution_kernels.h"
};

i8k_family i8k_convolution_family(void) {
  return (i8k_family){kernels, sizeof kernels / sizeof kernels[0]};
}
