// Sums over a float and an Int8 map of one instruction set, over row_sums_lanes.h.

typedef float vh __attribute__((ext_vector_type(FK_LANES / 2)));
typedef float vh_unaligned __attribute__((ext_vector_type(FK_LANES / 2), aligned(4)));
typedef int8_t vb_unaligned __attribute__((ext_vector_type(FK_LANES / 2), aligned(1)));

// Pixels whose sums stay in registers at a time.
enum { kDifferencePixels = 64 };

/// `pixels` pixels of kDoubles channels from `c` on.
FK_INLINE void add_differences_tile(const fk_map_pair *maps, size_t pixel, size_t pixels, size_t c, double *sums) {
  const size_t channels = maps->channels;
  const vh scale = *(const vh_unaligned *)(maps->scales + c);
  const vh zeroPoint = *(const vh_unaligned *)(maps->zeroPoints + c);
  vd tile[4];
  for (size_t k = 0; k < 4; k++) tile[k] = load_doubles(sums + k * channels + c);
  for (size_t index = pixel * channels + c; pixels > 0; pixels--, index += channels) {
    const vh exact = *(const vh_unaligned *)(maps->exact + index);
    const vh element = __builtin_convertvector(*(const vb_unaligned *)(maps->elements + index), vh);
    const vh real = scale * (element - zeroPoint);
    const vd difference = __builtin_convertvector(real - exact, vd);
    const vd value = __builtin_convertvector(exact, vd);
    tile[0] = tile[0] + difference;
    tile[1] = tile[1] + difference * difference;
    tile[2] = tile[2] + value;
    tile[3] = tile[3] + value * value;
  }
  for (size_t k = 0; k < 4; k++) store_doubles(sums + k * channels + c, tile[k]);
}

FK_INLINE void add_differences_channel(const fk_map_pair *maps, size_t pixel, size_t pixels, size_t c, double *sums) {
  const size_t channels = maps->channels;
  for (size_t index = pixel * channels + c; pixels > 0; pixels--, index += channels) {
    const float exact = maps->exact[index];
    const float real = maps->scales[c] * ((float)maps->elements[index] - maps->zeroPoints[c]);
    const double difference = (double)(real - exact);
    sums[c] += difference;
    sums[channels + c] += difference * difference;
    sums[2 * channels + c] += (double)exact;
    sums[3 * channels + c] += (double)exact * (double)exact;
  }
}

void FK_NAME(fk_add_differences, FK_ISA)(const fk_map_pair *maps, double *sums) {
  for (size_t pixel = 0; pixel < maps->pixels; pixel += kDifferencePixels) {
    const size_t left = maps->pixels - pixel;
    const size_t pixels = left < kDifferencePixels ? left : kDifferencePixels;
    size_t c = 0;
    for (; c + kDoubles <= maps->channels; c += kDoubles) add_differences_tile(maps, pixel, pixels, c, sums);
    for (; c < maps->channels; c++) add_differences_channel(maps, pixel, pixels, c, sums);
  }
}
