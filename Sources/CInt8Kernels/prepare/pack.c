#include "weights.h"

// Weights dealt to the lanes of a panel in groups along K, as most kernels read them.

/// Copies the rows of all channels; `kr` and `width` are constants where it is inlined.
I8K_BODY void copy_groups(const i8k_pack_arguments *a, size_t nr, const size_t kr, const size_t width, char *place) {
  const size_t whole = a->depth / kr, rest = a->depth % kr, step = nr * kr * width;
  for (size_t o = 0; o < a->outputs; ++o) {
    const int8_t *source = a->weights + o * a->taps * a->depth;
    char *target = place + o * kr * width;
    for (size_t tap = 0; tap < a->taps; ++tap) {
      for (size_t group = 0; group < whole; ++group, source += kr, target += step) {
        if (width == 1) {
          memcpy(target, source, kr);
        } else {
          int16_t wide[16];
          for (size_t k = 0; k < kr; ++k) wide[k] = source[k];
          memcpy(target, wide, 2 * kr);
        }
      }
      if (rest == 0) continue;
      for (size_t k = 0; k < rest; ++k) {
        const int16_t wide = source[k];
        if (width == 1)
          target[k] = source[k];
        else
          memcpy(target + 2 * k, &wide, 2);
      }
      source += rest;
      target += step;
    }
  }
}

size_t i8k_grouped_panel_size(const i8k_kernel *kernel, size_t taps, size_t depth) {
  const size_t groups = (depth + kernel->kr - 1) / kernel->kr;
  return (size_t)kernel->nr * (4 + taps * groups * kernel->kr * kernel->weightBytes);
}

void i8k_pack_grouped(const i8k_kernel *kernel, const i8k_pack_arguments *a, void *destination) {
  memset(destination, 0, i8k_grouped_panel_size(kernel, a->taps, a->depth));
  char *place = (char *)destination + 4 * (size_t)kernel->nr;
  const size_t nr = kernel->nr, kr = kernel->kr;
  switch (kr * 4 + kernel->weightBytes) {
    case 1 * 4 + 1: copy_groups(a, nr, 1, 1, place); break;
    case 2 * 4 + 2: copy_groups(a, nr, 2, 2, place); break;
    case 4 * 4 + 1: copy_groups(a, nr, 4, 1, place); break;
    case 8 * 4 + 1: copy_groups(a, nr, 8, 1, place); break;
    case 16 * 4 + 1: copy_groups(a, nr, 16, 1, place); break;
    default: copy_groups(a, nr, kr, kernel->weightBytes, place);
  }
  const size_t products = a->taps * a->depth;
  for (size_t o = 0; o < a->outputs; ++o) {
    uint32_t sum = 0;
    const int8_t *weights = a->weights + o * products;
    if (kernel->rowOffset != 0)
      for (size_t k = 0; k < products; ++k) sum += (uint32_t)(int32_t)weights[k];
    const uint32_t bias = (uint32_t)a->bias[o] - sum * kernel->rowOffset;
    memcpy((char *)destination + 4 * o, &bias, sizeof bias);
  }
}
