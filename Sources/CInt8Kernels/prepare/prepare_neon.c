#include "prepare.h"

#if defined(__aarch64__)
#include <arm_neon.h>

I8K_PREPARE(i8k_copy__neon) {
  char *place = destination;
  // Sixteen is what a depthwise panel has: one load and store instead of a call.
  if (count == 16) {
    for (; rows >= 2; rows -= 2, source += 2 * sourceStrideBytes, place += 2 * destinationStrideBytes) {
      const int8x16_t first = vld1q_s8(source), second = vld1q_s8(source + sourceStrideBytes);
      vst1q_s8((int8_t *)place, first);
      vst1q_s8((int8_t *)place + destinationStrideBytes, second);
    }
    if (rows > 0) vst1q_s8((int8_t *)place, vld1q_s8(source));
    return;
  }
  for (; rows > 0; --rows, source += sourceStrideBytes, place += destinationStrideBytes) memcpy(place, source, count);
}

#endif
