#include "weights.h"

// Sums over weights as they are stored: what the checks of a model and the biases of its layers need.

I8K_BODY uint64_t i8k_magnitude_body(const int8_t *weights, size_t count) {
  uint64_t sum = 0;
  while (count > 0) {
    const size_t part = count < 1 << 16 ? count : 1 << 16;
    uint32_t partSum = 0;
    for (size_t i = 0; i < part; ++i) partSum += (uint32_t)(weights[i] < 0 ? -weights[i] : weights[i]);
    sum += partSum;
    weights += part;
    count -= part;
  }
  return sum;
}

I8K_BODY bool i8k_holds_lowest_body(const int8_t *weights, size_t count) {
  uint8_t found = 0;
  for (size_t i = 0; i < count; ++i) found |= weights[i] == -128;
  return found;
}

I8K_BODY int32_t i8k_weighted_sum_body(const int8_t *weights, const int8_t *factors, size_t taps, size_t depth) {
  uint32_t sum = 0;
  for (size_t tap = 0; tap < taps; ++tap, weights += depth) {
    // A part's sum fits in Int32; the whole may wrap.
    for (size_t first = 0; first < depth; first += 1 << 16) {
      const size_t end = depth - first < 1 << 16 ? depth : first + (1 << 16);
      int32_t partSum = 0;
      for (size_t k = first; k < end; ++k) partSum += weights[k] * factors[k];
      sum += (uint32_t)partSum;
    }
  }
  return (int32_t)sum;
}

I8K_BOTH(uint64_t, i8k_magnitude, (const int8_t *weights, size_t count), (weights, count))
I8K_BOTH(bool, i8k_holds_lowest, (const int8_t *weights, size_t count), (weights, count))
I8K_BOTH(int32_t, i8k_weighted_sum, (const int8_t *weights, const int8_t *factors, size_t taps, size_t depth),
         (weights, factors, taps, depth))
