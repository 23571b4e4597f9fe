#include "../base.h"

static float clamped(float value, float lower, float upper) {
  const float raised = value < lower ? lower : value;
  return raised > upper ? upper : raised;
}

void fk_convolution__scalar(const fk_convolution_tile *tile) {
  const size_t mr = fk_set__scalar.mr, nr = fk_set__scalar.nr;
  for (size_t row = 0; row < tile->rowCount; row++) {
    float *output = tile->output + row * tile->outputStride;
    for (size_t column = 0; column < tile->columns; column++) {
      float sum = tile->isFirst ? 0 : output[column];
      for (size_t tap = 0; tap < tile->taps; tap++) {
        const float *input = tile->rows[tap * mr + row] + tile->offset;
        const float *weights = tile->weights + tap * tile->k * nr + column;
        for (size_t i = 0; i < tile->k; i++) sum = __builtin_fmaf(input[i], weights[i * nr], sum);
      }
      if (tile->isLast) {
        if (tile->bias) sum += tile->bias[column];
        if (tile->residual) sum += tile->residual[row * tile->residualStride + column];
        sum = clamped(sum, tile->lower, tile->upper);
      }
      output[column] = sum;
    }
  }
}

void fk_depthwise__scalar(const fk_depthwise_pixel *pixel) {
  for (size_t c = 0; c < pixel->channels; c++) {
    float sum = 0;
    for (size_t tap = 0; tap < pixel->taps; tap++)
      sum = __builtin_fmaf(pixel->rows[tap][c], pixel->weights[tap * pixel->channels + c], sum);
    if (pixel->bias) sum += pixel->bias[c];
    if (pixel->residual) sum += pixel->residual[c];
    pixel->output[c] = clamped(sum, pixel->lower, pixel->upper);
  }
}
