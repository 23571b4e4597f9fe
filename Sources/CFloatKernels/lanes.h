#ifndef FK_LANES_H
#define FK_LANES_H

// Vectors of FK_LANES Floats in the compiler's own notation, so that one text serves every instruction set: the including
// file defines FK_LANES and opens the target attribute first. Each operation is one IEEE operation per lane.
#include <string.h>

#define FK_PASTE(left, right) left##__##right
#define FK_NAME(left, right) FK_PASTE(left, right)

typedef float vf __attribute__((ext_vector_type(FK_LANES)));
typedef int32_t vi __attribute__((ext_vector_type(FK_LANES)));
typedef float vf_unaligned __attribute__((ext_vector_type(FK_LANES), aligned(4)));

FK_INLINE vf load(const float *address) { return *(const vf_unaligned *)address; }
FK_INLINE void store(float *address, vf value) { *(vf_unaligned *)address = value; }
FK_INLINE vf splat(float value) { return (vf)value; }
FK_INLINE vf fma_lanes(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }

// Comparison and choice rather than maximum and minimum instructions: these differ between CPUs for −0 and NaN.
FK_INLINE vf clamp_lanes(vf value, vf lower, vf upper) {
  const vf raised = value < lower ? lower : value;
  return raised > upper ? upper : raised;
}

/// The first `count` < FK_LANES elements; the other lanes are 0.
FK_INLINE vf load_partial(const float *address, size_t count) {
  float lanes[FK_LANES] = {0};
  memcpy(lanes, address, count * sizeof(float));
  return load(lanes);
}

FK_INLINE void store_partial(float *address, vf value, size_t count) {
  float lanes[FK_LANES];
  store(lanes, value);
  memcpy(address, lanes, count * sizeof(float));
}

#endif
