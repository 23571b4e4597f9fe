// The element-wise kernels of one instruction set, over lanes.h; the formulas are elementwise_scalar.c's, step by step.

FK_INLINE vf exponential_lanes(vf value) {
  const vf x = clamp_lanes(value, splat(kExpLower), splat(kExpUpper));
  const vf shifted = x * splat(kLog2E) + splat(kRound);
  const vf n = shifted - splat(kRound);
  const vf r = fma_lanes(n, splat(-kLn2Low), fma_lanes(n, splat(-kLn2High), x));
  vf p = fma_lanes(splat(kExp6), r, splat(kExp5));
  p = fma_lanes(p, r, splat(kExp4));
  p = fma_lanes(p, r, splat(kExp3));
  p = fma_lanes(p, r, splat(kExp2));
  p = fma_lanes(p, r, splat(1));
  p = fma_lanes(p, r, splat(1));
  vi bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 23) + 0x3F800000;
  vf power;
  memcpy(&power, &bits, sizeof power);
  return p * power;
}

FK_INLINE vf tanh_lanes(vf x) {
  const vf magnitude = x < splat(0) ? -x : x;
  const vf z = x * x;
  vf p = fma_lanes(splat(kTanh4), z, splat(kTanh3));
  p = fma_lanes(p, z, splat(kTanh2));
  p = fma_lanes(p, z, splat(kTanh1));
  p = fma_lanes(p, z, splat(kTanh0));
  const vf small = fma_lanes(x * z, p, x);
  const vf large = splat(1) - splat(2) / (exponential_lanes(magnitude + magnitude) + splat(1));
  const vf signedLarge = x < splat(0) ? -large : large;
  return magnitude < splat(kTanhSmall) ? small : signedLarge;
}

FK_INLINE vf erf_lanes(vf x) {
  const vf magnitude = x < splat(0) ? -x : x;
  const vf t = splat(1) / fma_lanes(splat(kErfP), magnitude, splat(1));
  vf p = fma_lanes(splat(kErf5), t, splat(kErf4));
  p = fma_lanes(p, t, splat(kErf3));
  p = fma_lanes(p, t, splat(kErf2));
  p = fma_lanes(p, t, splat(kErf1));
  const vf result = fma_lanes(-(p * t), exponential_lanes(-(x * x)), splat(1));
  return x < splat(0) ? -result : result;
}

// `function` is a constant wherever this is inlined.
FK_INLINE vf apply_lanes(const fk_function function, const fk_activation *activation, vf x) {
  switch (function) {
    case fk_leaky_relu: return x < splat(0) ? splat(activation->slope) * x : x;
    case fk_silu: return x / (splat(1) + exponential_lanes(-x));
    case fk_hard_swish: return x * clamp_lanes(x + splat(3), splat(0), splat(6)) / splat(6);
    case fk_gelu: return x * (splat(0.5f) * (splat(1) + erf_lanes(x * splat(kSqrtHalf))));
    case fk_sigmoid: return splat(1) / (splat(1) + exponential_lanes(-x));
    case fk_hard_sigmoid: return clamp_lanes(x + splat(3), splat(0), splat(6)) / splat(6);
    case fk_tanh: return tanh_lanes(x);
    case fk_exponential: return exponential_lanes(x);
    case fk_clamp: return clamp_lanes(x, splat(activation->lower), splat(activation->upper));
  }
  return x;
}

FK_INLINE void apply_all(const fk_function function, const fk_activation *activation, const float *input,
                         float *output, size_t count) {
  size_t i = 0;
  for (; i + FK_LANES <= count; i += FK_LANES) store(output + i, apply_lanes(function, activation, load(input + i)));
  if (i < count)
    store_partial(output + i, apply_lanes(function, activation, load_partial(input + i, count - i)), count - i);
}

void FK_NAME(fk_activation, FK_ISA)(const fk_activation *activation, const float *input, float *output,
                                    size_t count) {
  switch (activation->function) {
    case fk_leaky_relu: apply_all(fk_leaky_relu, activation, input, output, count); break;
    case fk_silu: apply_all(fk_silu, activation, input, output, count); break;
    case fk_hard_swish: apply_all(fk_hard_swish, activation, input, output, count); break;
    case fk_gelu: apply_all(fk_gelu, activation, input, output, count); break;
    case fk_sigmoid: apply_all(fk_sigmoid, activation, input, output, count); break;
    case fk_hard_sigmoid: apply_all(fk_hard_sigmoid, activation, input, output, count); break;
    case fk_tanh: apply_all(fk_tanh, activation, input, output, count); break;
    case fk_exponential: apply_all(fk_exponential, activation, input, output, count); break;
    case fk_clamp: apply_all(fk_clamp, activation, input, output, count); break;
  }
}

void FK_NAME(fk_add, FK_ISA)(const float *a, const float *b, float lower, float upper, float *output, size_t count) {
  size_t i = 0;
  for (; i + FK_LANES <= count; i += FK_LANES)
    store(output + i, clamp_lanes(load(a + i) + load(b + i), splat(lower), splat(upper)));
  if (i < count) {
    const vf sum = load_partial(a + i, count - i) + load_partial(b + i, count - i);
    store_partial(output + i, clamp_lanes(sum, splat(lower), splat(upper)), count - i);
  }
}

void FK_NAME(fk_gate, FK_ISA)(const float *input, const float *gate, float *output, size_t channels) {
  size_t c = 0;
  for (; c + FK_LANES <= channels; c += FK_LANES) store(output + c, load(input + c) * load(gate + c));
  for (; c < channels; c++) output[c] = input[c] * gate[c];
}

void FK_NAME(fk_prelu, FK_ISA)(const float *input, const float *slopes, float *output, size_t channels) {
  size_t c = 0;
  for (; c + FK_LANES <= channels; c += FK_LANES) {
    const vf x = load(input + c);
    store(output + c, x < splat(0) ? load(slopes + c) * x : x);
  }
  for (; c < channels; c++) output[c] = input[c] < 0 ? slopes[c] * input[c] : input[c];
}

void FK_NAME(fk_normalize, FK_ISA)(const fk_normalization *p, const float *input, float *output, size_t channels) {
  size_t c = 0;
  for (; c + FK_LANES <= channels; c += FK_LANES) {
    const vf centred = load(input + c) - load(p->mean + c);
    store(output + c, centred / load(p->deviation + c) * load(p->gamma + c) + load(p->beta + c));
  }
  for (; c < channels; c++)
    output[c] = (input[c] - p->mean[c]) / p->deviation[c] * p->gamma[c] + p->beta[c];
}
