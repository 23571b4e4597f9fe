// The pooling kernels of one instruction set, over lanes.h.

FK_INLINE vf largest_of(const float *const *rows, size_t count, size_t c) {
  vf largest = load(rows[0] + c);
  for (size_t i = 1; i < count; i++) {
    const vf x = load(rows[i] + c);
    largest = x > largest ? x : largest;
  }
  return largest;
}

void FK_NAME(fk_maximum, FK_ISA)(const float *const *rows, size_t count, size_t channels, float *output) {
  size_t c = 0;
  for (; c + FK_LANES <= channels; c += FK_LANES) store(output + c, largest_of(rows, count, c));
  for (; c < channels; c++) {
    float largest = rows[0][c];
    for (size_t i = 1; i < count; i++) largest = rows[i][c] > largest ? rows[i][c] : largest;
    output[c] = largest;
  }
}

FK_INLINE vf sum_of(const float *const *rows, size_t count, size_t c) {
  vf sum = splat(0);
  for (size_t start = 0; start < count; start += kAverageBlock) {
    const size_t end = start + kAverageBlock < count ? start + kAverageBlock : count;
    vf part = splat(0);
    for (size_t i = start; i < end; i++) part += load(rows[i] + c);
    sum += part;
  }
  return sum;
}

void FK_NAME(fk_average, FK_ISA)(const float *const *rows, size_t count, float divisor, size_t channels,
                                 float *output) {
  size_t c = 0;
  for (; c + FK_LANES <= channels; c += FK_LANES) store(output + c, sum_of(rows, count, c) / splat(divisor));
  for (; c < channels; c++) {
    float sum = 0;
    for (size_t start = 0; start < count; start += kAverageBlock) {
      const size_t end = start + kAverageBlock < count ? start + kAverageBlock : count;
      float part = 0;
      for (size_t i = start; i < end; i++) part += rows[i][c];
      sum += part;
    }
    output[c] = sum / divisor;
  }
}
