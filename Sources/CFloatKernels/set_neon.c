#include "base.h"

#if defined(__aarch64__)

#define FK_ISA neon
#define FK_LANES 4
#define FK_MR 6
#define FK_NV 4
#include "lanes.h"

#include "convolution/convolution_lanes.h"
#include "elementwise/elementwise_constants.h"
#include "elementwise/elementwise_lanes.h"
#include "moments/dot_products_neon.h"
#include "moments/row_sums_lanes.h"

#include "moments/differences_lanes.h"
#include "pooling/pooling_lanes.h"

#endif
