#include "../base.h"

void fk_add_differences__scalar(const fk_map_pair *maps, double *sums) {
  const size_t channels = maps->channels;
  for (size_t pixel = 0; pixel < maps->pixels; pixel++) {
    for (size_t c = 0; c < channels; c++) {
      const float exact = maps->exact[pixel * channels + c];
      const float real = maps->scales[c] * ((float)maps->elements[pixel * channels + c] - maps->zeroPoints[c]);
      const double difference = (double)(real - exact);
      sums[c] += difference;
      sums[channels + c] += difference * difference;
      sums[2 * channels + c] += (double)exact;
      sums[3 * channels + c] += (double)exact * (double)exact;
    }
  }
}
