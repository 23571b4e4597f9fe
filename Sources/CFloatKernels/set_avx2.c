#include "base.h"

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define FK_ISA avx2
#define FK_LANES 8
#define FK_MR 6
#define FK_NV 2
#include "lanes.h"

#include "convolution/convolution_lanes.h"
#include "elementwise/elementwise_constants.h"
#include "elementwise/elementwise_lanes.h"
#include "moments/dot_products_avx2.h"
#include "moments/row_sums_lanes.h"

#include "moments/differences_lanes.h"
#include "pooling/pooling_lanes.h"

#pragma clang attribute pop

#endif
