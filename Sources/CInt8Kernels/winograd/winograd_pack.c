#include "../base.h"

size_t i8k_winograd_panel_bytes(size_t nr, size_t windowChannels) { return 4 * nr + 9 * windowChannels * nr; }

void i8k_pack_winograd(const i8k_pack_arguments *a, size_t nr, size_t kr, size_t windowChannels, void *destination) {
  memset(destination, 0, i8k_winograd_panel_bytes(nr, windowChannels));
  int32_t *bias = destination;
  int8_t *weights = (int8_t *)(bias + nr);
  for (size_t o = 0; o < a->outputs; ++o) {
    bias[o] = (int32_t)((uint32_t)a->bias[o] << 2);
    const int8_t *source = a->weights + o * 9 * a->depth;
    for (size_t tap = 0; tap < 9; ++tap)
      for (size_t k = 0; k < a->depth; ++k)
        weights[((k / kr * 9 + tap) * nr + o) * kr + k % kr] = source[tap * a->depth + k];
  }
}
