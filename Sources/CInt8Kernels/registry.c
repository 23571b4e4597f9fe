#include "registry.h"

static i8k_family family_at(size_t index) {
  switch (index) {
    case 0: return i8k_convolution_family();
    case 1: return i8k_depthwise_family();
    case 2: return i8k_activation_family();
    case 3: return i8k_elementwise_family();
    case 4: return i8k_pooling_family();
    case 5: return i8k_vector_family();
    case 6: return i8k_winograd_family();
    case 7: return i8k_resample_family();
    default: return (i8k_family){NULL, 0};
  }
}

size_t i8k_kernel_count(void) {
  size_t count = 0;
  for (size_t f = 0; family_at(f).kernels; ++f) count += family_at(f).count;
  return count;
}

const i8k_kernel *i8k_kernel_at(size_t index) {
  for (size_t f = 0; family_at(f).kernels; ++f) {
    if (index < family_at(f).count) return &family_at(f).kernels[index];
    index -= family_at(f).count;
  }
  return NULL;
}
