// The first include of every C file here: no product is fused with a sum unless the code says fma. The pragma comes
// before any intrinsics header, whose inline functions it must reach.
#ifndef I8K_BASE_H
#define I8K_BASE_H

#pragma STDC FP_CONTRACT OFF

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "include/CInt8Kernels.h"

// The operations of Docs/numerics.md, spelled out. Rounding is to nearest even: a session sees to that.

static inline float i8k_clamp(float x, float lower, float upper) {
  const float above = x > lower ? x : lower;
  return above < upper ? above : upper;
}

/// To the nearest integer, ties to even, for |x| ≤ 2²²: the sum has no bits after the binary point.
static inline int32_t i8k_rne(float x) { return (int32_t)((x + 0x1.8p23f) - 0x1.8p23f); }

static inline int8_t i8k_saturate8(int32_t x) { return (int8_t)(x < -128 ? -128 : x > 127 ? 127 : x); }

/// (a·b + 2¹⁴) >> 15; −32768 · −32768 never occurs.
static inline int16_t i8k_mulr(int16_t a, int16_t b) { return (int16_t)(((int32_t)a * b + 0x4000) >> 15); }

/// a·b + c rounded once. Without the instruction: the product is exact in double, the sum is rounded to odd, and 53
/// bits rounded to odd round to 24 as the exact sum does.
static inline float i8k_fma(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  const double product = (double)a * b;
  double sum = product + c;
  const double cPart = sum - product;
  const double error = (product - (sum - cPart)) + (c - cPart);
  if (error != 0 && error == error) {
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    if ((bits & 1) == 0) bits += (error > 0) == (sum > 0) ? 1 : (uint64_t)-1;
    memcpy(&sum, &bits, sizeof bits);
  }
  return (float)sum;
#endif
}

/// The q8 epilogue of channel o; the residual pointer is NULL without one.
static inline int8_t i8k_requantize(int32_t acc, const i8k_requantization *q, size_t o, const int8_t *residual) {
  const float *m = acc < 0 && q->negativeMultipliers ? q->negativeMultipliers : q->multipliers;
  float v = (float)acc * m[o];
  if (residual) v = v + (float)(residual[o] - q->residualZeroPoints[o]) * q->residualMultipliers[o];
  return (int8_t)(i8k_rne(i8k_clamp(v, q->lower[o], q->upper[o])) + q->zeroPoints[o]);
}

/// The q16 epilogue of channel o.
static inline int16_t i8k_requantize16(int32_t acc, const i8k_requantization *q, size_t o) {
  return (int16_t)i8k_rne(i8k_clamp((float)acc * q->multipliers[o], -32768.0f, 32767.0f));
}

#endif
