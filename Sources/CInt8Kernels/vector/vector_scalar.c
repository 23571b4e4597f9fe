#include "../base.h"
#include "exponential.h"

enum { NR = 8 };

void i8k_dense_f32_1x8__scalar(const i8k_dense_arguments *t) {
  float acc[NR] = {0};
  for (size_t i = 0; i < t->inputs; ++i)
    for (size_t o = 0; o < t->outputs; ++o) acc[o] = i8k_fma(t->input[i], (float)t->panel[i * NR + o], acc[o]);
  for (size_t o = 0; o < t->outputs; ++o) t->output[o] = i8k_fma(acc[o], t->scales[o], t->biases[o]);
}

float i8k_exponential(float x) {
  const float clamped = i8k_clamp(x, kExpLower, kExpUpper);
  const int32_t n = i8k_rne(clamped * kLog2E);
  float r = i8k_fma((float)n, kMinusLn2High, clamped);
  r = i8k_fma((float)n, kMinusLn2Low, r);
  float p = kExp6;
  p = i8k_fma(p, r, kExp5);
  p = i8k_fma(p, r, kExp4);
  p = i8k_fma(p, r, kExp3);
  p = i8k_fma(p, r, 0.5f);
  p = i8k_fma(p, r, 1.0f);
  p = i8k_fma(p, r, 1.0f);
  const uint32_t bits = (uint32_t)(n + 127) << 23;
  float scale;
  memcpy(&scale, &bits, sizeof scale);
  return p * scale;
}

void i8k_sigmoid_f32__scalar(const i8k_sigmoid_arguments *t) {
  for (size_t i = 0; i < t->count; ++i) {
    const float x = t->input[i], y = 1.0f / (1.0f + i8k_exponential(-x));
    t->output[i] = t->timesInput ? x * y : y;
  }
}
