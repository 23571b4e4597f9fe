// How a family's list becomes its part of the registry.
#ifndef I8K_REGISTRY_H
#define I8K_REGISTRY_H

#include "base.h"

typedef struct {
  const i8k_kernel *kernels;
  size_t count;
} i8k_family;

i8k_family i8k_convolution_family(void);
i8k_family i8k_depthwise_family(void);
i8k_family i8k_activation_family(void);
i8k_family i8k_elementwise_family(void);
i8k_family i8k_pooling_family(void);
i8k_family i8k_vector_family(void);
i8k_family i8k_winograd_family(void);
i8k_family i8k_resample_family(void);

#endif
