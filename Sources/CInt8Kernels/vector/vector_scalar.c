#include "../base.h"

enum { NR = 8 };

void i8k_dense_f32_1x8__scalar(const i8k_dense_arguments *t) {
  float acc[NR] = {0};
  for (size_t i = 0; i < t->inputs; ++i)
    for (size_t o = 0; o < t->outputs; ++o) acc[o] = i8k_fma(t->input[i], (float)t->panel[i * NR + o], acc[o]);
  for (size_t o = 0; o < t->outputs; ++o) t->output[o] = i8k_fma(acc[o], t->scales[o], t->biases[o]);
}

// eˣ = 2ⁿ·eʳ, n = rne(x·log₂e), r = x − n·ln 2 with ln 2 in two parts, of which the first has 15 significant bits: n
// times it is exact. The polynomial is the Taylor series to the sixth power: |r| ≤ 0.347, so what it leaves out is
// under 2⁻²² of eʳ.
float i8k_exponential(float x) {
  const float clamped = i8k_clamp(x, -87.0f, 88.0f);
  const int32_t n = i8k_rne(clamped * 0x1.715476p+0f);
  float r = i8k_fma((float)n, -0x1.62e4p-1f, clamped);
  r = i8k_fma((float)n, -0x1.7f7d1cp-20f, r);
  float p = 0x1.6c16c2p-10f;
  p = i8k_fma(p, r, 0x1.111112p-7f);
  p = i8k_fma(p, r, 0x1.555556p-5f);
  p = i8k_fma(p, r, 0x1.555556p-3f);
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
