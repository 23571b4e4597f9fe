#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

// CPUs with SDOT also have SQRDMLAH, of Armv8.1.
#pragma clang attribute push(__attribute__((target("arch=armv8.1-a"))), apply_to = function)

I8K_INLINE int16x8_t add_product(int16x8_t sum, int16x8_t a, int16x8_t b) { return vqrdmlahq_s16(sum, a, b); }

I8K_INLINE int16x8_t add_product_saturated(int16x8_t sum, int16x8_t a, int16x8_t b) { return add_product(sum, a, b); }

enum { ADDS_IN_PLACE = true };

#include "activation_neon.h"

void i8k_activation_s16__neondot(const i8k_activation_arguments *a) { run(a); }

#pragma clang attribute pop
#endif
