// The convolution kernels of one instruction set, over lanes.h. Defined by the including file: FK_ISA, FK_MR (pixels),
// FK_NV (vectors of output channels in a tile).
enum { kColumns = FK_NV * FK_LANES };

FK_INLINE void finish_tile(const fk_convolution_tile *tile, const size_t rows, vf sum[FK_MR][FK_NV]) {
  const vf lower = splat(tile->lower), upper = splat(tile->upper);
#pragma clang loop unroll(full)
  for (size_t v = 0; v < FK_NV; v++) {
    const vf bias = tile->bias ? load(tile->bias + v * FK_LANES) : splat(0);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
      if (tile->bias) sum[r][v] += bias;
      if (tile->residual) sum[r][v] += load(tile->residual + r * tile->residualStride + v * FK_LANES);
      sum[r][v] = clamp_lanes(sum[r][v], lower, upper);
    }
  }
}

// `rows` is a constant wherever this is inlined, so the sums stay in registers.
FK_INLINE void convolve_rows(const fk_convolution_tile *tile, const size_t rows) {
  vf sum[FK_MR][FK_NV];
#pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (size_t v = 0; v < FK_NV; v++)
      sum[r][v] = tile->isFirst ? splat(0) : load(tile->output + r * tile->outputStride + v * FK_LANES);

  const float *weights = tile->weights;
  const size_t k = tile->k;
  for (size_t tap = 0; tap < tile->taps; tap++) {
    const float *input[FK_MR];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) input[r] = tile->rows[tap * FK_MR + r] + tile->offset;
#pragma clang loop unroll(disable)
    for (size_t i = 0; i < k; i++, weights += kColumns) {
      vf w[FK_NV];
#pragma clang loop unroll(full)
      for (size_t v = 0; v < FK_NV; v++) w[v] = load(weights + v * FK_LANES);
#pragma clang loop unroll(full)
      for (size_t r = 0; r < rows; r++) {
        const vf x = splat(input[r][i]);
#pragma clang loop unroll(full)
        for (size_t v = 0; v < FK_NV; v++) sum[r][v] = fma_lanes(x, w[v], sum[r][v]);
      }
    }
  }

  if (tile->isLast) finish_tile(tile, rows, sum);
#pragma clang loop unroll(full)
  for (size_t r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (size_t v = 0; v < FK_NV; v++) store(tile->output + r * tile->outputStride + v * FK_LANES, sum[r][v]);
}

static void convolve_full(const fk_convolution_tile *tile) {
  switch (tile->rowCount) {
    case 1: convolve_rows(tile, 1); break;
    case 2: convolve_rows(tile, 2); break;
    case 3: convolve_rows(tile, 3); break;
    case 4: convolve_rows(tile, 4); break;
    case 5: convolve_rows(tile, 5); break;
    case 6: convolve_rows(tile, 6); break;
#if FK_MR > 6
    case 7: convolve_rows(tile, 7); break;
    case 8: convolve_rows(tile, 8); break;
#endif
    default: break;
  }
}

// A tile of fewer columns goes through buffers of the full width.
static void convolve_narrow(const fk_convolution_tile *tile) {
  float output[FK_MR][kColumns] = {{0}}, residual[FK_MR][kColumns] = {{0}}, bias[kColumns] = {0};
  const size_t bytes = tile->columns * sizeof(float);
  fk_convolution_tile wide = *tile;
  wide.output = output[0];
  wide.outputStride = kColumns;
  wide.columns = kColumns;
  if (tile->bias) {
    memcpy(bias, tile->bias, bytes);
    wide.bias = bias;
  }
  if (tile->residual) {
    wide.residual = residual[0];
    wide.residualStride = kColumns;
  }
  for (size_t r = 0; r < tile->rowCount; r++) {
    if (!tile->isFirst) memcpy(output[r], tile->output + r * tile->outputStride, bytes);
    if (tile->residual) memcpy(residual[r], tile->residual + r * tile->residualStride, bytes);
  }
  convolve_full(&wide);
  for (size_t r = 0; r < tile->rowCount; r++) memcpy(tile->output + r * tile->outputStride, output[r], bytes);
}

void FK_NAME(fk_convolution, FK_ISA)(const fk_convolution_tile *tile) {
  if (tile->columns == kColumns) convolve_full(tile);
  else convolve_narrow(tile);
}

// `vectors` is a constant wherever this is inlined.
FK_INLINE void depthwise_channels(const fk_depthwise_pixel *pixel, size_t c, const size_t vectors) {
  vf sum[4];
#pragma clang loop unroll(full)
  for (size_t v = 0; v < vectors; v++) sum[v] = splat(0);
  for (size_t tap = 0; tap < pixel->taps; tap++) {
    const float *input = pixel->rows[tap] + c;
    const float *weights = pixel->weights + tap * pixel->channels + c;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++)
      sum[v] = fma_lanes(load(input + v * FK_LANES), load(weights + v * FK_LANES), sum[v]);
  }
#pragma clang loop unroll(full)
  for (size_t v = 0; v < vectors; v++) {
    const size_t at = c + v * FK_LANES;
    if (pixel->bias) sum[v] += load(pixel->bias + at);
    if (pixel->residual) sum[v] += load(pixel->residual + at);
    store(pixel->output + at, clamp_lanes(sum[v], splat(pixel->lower), splat(pixel->upper)));
  }
}

static void depthwise_tail(const fk_depthwise_pixel *pixel, size_t c, size_t count) {
  vf sum = splat(0);
  for (size_t tap = 0; tap < pixel->taps; tap++)
    sum = fma_lanes(load_partial(pixel->rows[tap] + c, count),
                    load_partial(pixel->weights + tap * pixel->channels + c, count), sum);
  if (pixel->bias) sum += load_partial(pixel->bias + c, count);
  if (pixel->residual) sum += load_partial(pixel->residual + c, count);
  store_partial(pixel->output + c, clamp_lanes(sum, splat(pixel->lower), splat(pixel->upper)), count);
}

void FK_NAME(fk_depthwise, FK_ISA)(const fk_depthwise_pixel *pixel) {
  size_t c = 0;
  for (; c + 4 * FK_LANES <= pixel->channels; c += 4 * FK_LANES) depthwise_channels(pixel, c, 4);
  for (; c + FK_LANES <= pixel->channels; c += FK_LANES) depthwise_channels(pixel, c, 1);
  if (c < pixel->channels) depthwise_tail(pixel, c, pixel->channels - c);
}
