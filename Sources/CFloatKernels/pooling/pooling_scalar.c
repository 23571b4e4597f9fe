#include "../base.h"

void fk_maximum__scalar(const float *const *rows, size_t count, size_t channels, float *output) {
  for (size_t c = 0; c < channels; c++) {
    float largest = rows[0][c];
    for (size_t i = 1; i < count; i++) largest = rows[i][c] > largest ? rows[i][c] : largest;
    output[c] = largest;
  }
}

void fk_average__scalar(const float *const *rows, size_t count, float divisor, size_t channels, float *output) {
  for (size_t c = 0; c < channels; c++) {
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
