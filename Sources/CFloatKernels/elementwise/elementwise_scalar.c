#include "../base.h"

#include <string.h>

#include "elementwise_constants.h"

static float fma32(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

static float clamped(float value, float lower, float upper) {
  const float raised = value < lower ? lower : value;
  return raised > upper ? upper : raised;
}

static float exponential(float value) {
  const float x = clamped(value, kExpLower, kExpUpper);
  const float shifted = x * kLog2E + kRound;
  const float n = shifted - kRound;
  const float r = fma32(n, -kLn2Low, fma32(n, -kLn2High, x));
  float p = fma32(kExp6, r, kExp5);
  p = fma32(p, r, kExp4);
  p = fma32(p, r, kExp3);
  p = fma32(p, r, kExp2);
  p = fma32(p, r, 1);
  p = fma32(p, r, 1);
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 23) + 0x3F800000u;
  float power;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

static float hyperbolic_tangent(float x) {
  const float magnitude = x < 0 ? -x : x;
  if (magnitude < kTanhSmall) {
    const float z = x * x;
    float p = fma32(kTanh4, z, kTanh3);
    p = fma32(p, z, kTanh2);
    p = fma32(p, z, kTanh1);
    p = fma32(p, z, kTanh0);
    return fma32(x * z, p, x);
  }
  const float large = 1 - 2 / (exponential(magnitude + magnitude) + 1);
  return x < 0 ? -large : large;
}

static float error_function(float x) {
  const float magnitude = x < 0 ? -x : x;
  const float t = 1 / fma32(kErfP, magnitude, 1);
  float p = fma32(kErf5, t, kErf4);
  p = fma32(p, t, kErf3);
  p = fma32(p, t, kErf2);
  p = fma32(p, t, kErf1);
  const float result = fma32(-(p * t), exponential(-(x * x)), 1);
  return x < 0 ? -result : result;
}

static float apply(const fk_activation *activation, float x) {
  switch (activation->function) {
    case fk_leaky_relu: return x < 0 ? activation->slope * x : x;
    case fk_silu: return x / (1 + exponential(-x));
    case fk_hard_swish: return x * clamped(x + 3, 0, 6) / 6;
    case fk_gelu: return x * (0.5f * (1 + error_function(x * kSqrtHalf)));
    case fk_sigmoid: return 1 / (1 + exponential(-x));
    case fk_hard_sigmoid: return clamped(x + 3, 0, 6) / 6;
    case fk_tanh: return hyperbolic_tangent(x);
    case fk_exponential: return exponential(x);
    case fk_clamp: return clamped(x, activation->lower, activation->upper);
  }
  return x;
}

void fk_activation__scalar(const fk_activation *activation, const float *input, float *output, size_t count) {
  for (size_t i = 0; i < count; i++) output[i] = apply(activation, input[i]);
}

void fk_add__scalar(const float *a, const float *b, float lower, float upper, float *output, size_t count) {
  for (size_t i = 0; i < count; i++) output[i] = clamped(a[i] + b[i], lower, upper);
}

void fk_gate__scalar(const float *input, const float *gate, float *output, size_t channels) {
  for (size_t c = 0; c < channels; c++) output[c] = input[c] * gate[c];
}

void fk_prelu__scalar(const float *input, const float *slopes, float *output, size_t channels) {
  for (size_t c = 0; c < channels; c++) output[c] = input[c] < 0 ? slopes[c] * input[c] : input[c];
}

void fk_normalize__scalar(const fk_normalization *p, const float *input, float *output, size_t channels) {
  for (size_t c = 0; c < channels; c++)
    output[c] = (input[c] - p->mean[c]) / p->deviation[c] * p->gamma[c] + p->beta[c];
}
