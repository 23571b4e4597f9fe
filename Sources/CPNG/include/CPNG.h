#ifndef CPNG_H
#define CPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPNG_MESSAGE_SIZE 160

/// What a picture's samples mean once they are 8 bits wide.
typedef enum {
  CPNG_GRAY = 1,
  CPNG_GRAY_ALPHA = 2,
  CPNG_RGB = 3,
  CPNG_RGB_ALPHA = 4,
  CPNG_PALETTE = 5,
} cpng_layout;

typedef struct {
  cpng_layout layout;
  /// Entries of a palette picture; indices at or beyond it are an error of the file.
  int32_t palette_count;
  uint8_t palette[256][3];
  /// 255 where the file says nothing.
  uint8_t palette_alpha[256];
  /// Why decoding failed, NUL-terminated.
  char message[CPNG_MESSAGE_SIZE];
} cpng_result;

/// Decodes a PNG in memory to interleaved 8-bit samples, 16 bits by their high byte, colour profiles ignored.
///
/// Shapes  pixels [height][stride]; 1, 2, 3 or 4 bytes a pixel as result->layout says (a palette index is one byte).
/// Range   width and height as declared in the file, which is refused when it declares others.
/// Memory  the picture's own bytes go to `pixels`; libpng allocates a few rows. Ancillary chunks are skipped unread.
/// Result  false on any fault, with result->message; keep_alpha false drops alpha and ignores tRNS.
bool cpng_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, bool keep_alpha, uint8_t *pixels,
    size_t stride, cpng_result *result);

#endif
