#include "prepare.h"

I8K_PREPARE(i8k_copy__scalar) {
  char *place = destination;
  for (size_t row = 0; row < rows; ++row, source += sourceStrideBytes, place += destinationStrideBytes) {
    // Eight is what a depthwise panel has: one load and store instead of a call.
    if (count == 8)
      memcpy(place, source, 8);
    else
      memcpy(place, source, count);
  }
}
