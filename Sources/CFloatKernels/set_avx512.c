#include "base.h"

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw"))), apply_to = function)

#define FK_ISA avx512
#define FK_LANES 16
#define FK_MR 8
#define FK_NV 2
#include "lanes.h"

#include "convolution/convolution_lanes.h"
#include "elementwise/elementwise_constants.h"
#include "elementwise/elementwise_lanes.h"
#include "moments/dot_products_avx512.h"
#include "moments/row_sums_lanes.h"

#include "moments/differences_lanes.h"
#include "pooling/pooling_lanes.h"

#pragma clang attribute pop

#endif
