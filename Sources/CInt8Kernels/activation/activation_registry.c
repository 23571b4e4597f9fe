#include "../registry.h"

#define I8K(op, member, set, nr, name) void name(const i8k_##member##_arguments *arguments);
#include "activation_kernels.h"
#undef I8K

#define I8K(op, member, set, nr, name) \
  {#name, i8k_operation_##op, i8k_set_##set, 1, nr, 1, 1, 1, 0, NULL, NULL, {.member = name}, 0},
static const i8k_kernel kernels[] = {
#include "activation_kernels.h"
};

i8k_family i8k_activation_family(void) {
  return (i8k_family){kernels, sizeof kernels / sizeof kernels[0]};
}
