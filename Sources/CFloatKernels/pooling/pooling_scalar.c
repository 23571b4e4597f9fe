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
    for (size_t i = 0; i < count; i++) sum += rows[i][c];
    output[c] = sum / divisor;
  }
}
