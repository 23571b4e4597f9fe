#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

I8K_INLINE int16x8_t add_product(int16x8_t sum, int16x8_t a, int16x8_t b) {
  return vaddq_s16(sum, vqrdmulhq_s16(a, b));
}

I8K_INLINE int16x8_t add_product_saturated(int16x8_t sum, int16x8_t a, int16x8_t b) {
  return vqaddq_s16(sum, vqrdmulhq_s16(a, b));
}

enum { ADDS_IN_PLACE = false };

#include "activation_neon.h"

void i8k_activation_s16__neon(const i8k_activation_arguments *a) { run(a); }

#endif
