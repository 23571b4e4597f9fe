#include "../registry.h"
#include "../prepare/prepare.h"

#define I8K(operation, set, nr, kr, weightBytes, rowBytes, rowOffset, prepare, leastProducts, name) void name(const i8k_convolution_arguments *arguments);
#include "depthwise_kernels.h"
#undef I8K

#define I8K(op, set, nr, kr, weightBytes, rowBytes, rowOffset, prepare, leastProducts, name) \
  {#name, i8k_operation_##op, i8k_set_##set, 1, nr, kr, weightBytes, rowBytes, rowOffset, prepare, NULL, {.convolution = name}, leastProducts},
static const i8k_kernel kernels[] = {
#include "depthwise_kernels.h"
};

i8k_family i8k_depthwise_family(void) {
  return (i8k_family){kernels, sizeof kernels / sizeof kernels[0]};
}
