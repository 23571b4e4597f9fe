#include "CPNG.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

typedef struct {
  const uint8_t *bytes;
  size_t count;
  size_t position;
  uint32_t height;
  bool rows_done;
  /// Compressed bytes taken since the last row was complete.
  size_t excess;
} source;

/// libpng inflates whatever follows the last row of a picture, to the end of its data; 1032 times as much as the file.
static const size_t excess_limit = 1 << 16;

static bool is_complete(png_structp png, const source *from) {
  return png_get_current_row_number(png) >= from->height || png_get_current_pass_number(png) >= 7;
}

static void read_bytes(png_structp png, png_bytep out, size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->count - from->position) png_error(png, "the file ends early");
  if (!from->rows_done && is_complete(png, from)) {
    from->excess += count;
    if (from->excess > excess_limit) png_error(png, "its data go on after the picture");
  }
  memcpy(out, from->bytes + from->position, count);
  from->position += count;
}

static void fail(png_structp png, png_const_charp message) {
  cpng_result *result = png_get_error_ptr(png);
  strncpy(result->message, message, CPNG_MESSAGE_SIZE - 1);
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void set_limits(png_structp png, uint32_t width, uint32_t height) {
  png_set_user_limits(png, width, height);
  png_set_chunk_cache_max(png, 16);
  png_set_chunk_malloc_max(png, 1 << 20);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  // -1: every chunk that decoding does not need, text and profiles among them, is skipped without inflating it.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
#ifdef PNG_MAXIMUM_INFLATE_WINDOW
  // Some writers declare a smaller window than they use.
  png_set_option(png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
#endif
}

static void set_transformations(png_structp png, png_infop info, bool keep_alpha) {
  png_byte color = png_get_color_type(png, info);
  if (color == PNG_COLOR_TYPE_PALETTE) {
    png_set_packing(png);
    return;
  }
  png_set_strip_16(png);
  if (color == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
  if (!keep_alpha) {
    if (color & PNG_COLOR_MASK_ALPHA) png_set_strip_alpha(png);
  } else if (png_get_valid(png, info, PNG_INFO_tRNS)) {
    png_set_tRNS_to_alpha(png);
  }
}

static void copy_palette(png_structp png, png_infop info, cpng_result *result) {
  png_colorp colors = NULL;
  png_get_PLTE(png, info, &colors, &result->palette_count);
  for (int i = 0; i < result->palette_count && i < 256; i++) {
    result->palette[i][0] = colors[i].red;
    result->palette[i][1] = colors[i].green;
    result->palette[i][2] = colors[i].blue;
  }
  png_bytep alpha = NULL;
  int alpha_count = 0;
  memset(result->palette_alpha, 255, sizeof result->palette_alpha);
  if (png_get_tRNS(png, info, &alpha, &alpha_count, NULL) && alpha)
    memcpy(result->palette_alpha, alpha, (size_t)(alpha_count < 256 ? alpha_count : 256));
}

static cpng_layout layout_of(png_byte color_type) {
  switch (color_type) {
    case PNG_COLOR_TYPE_PALETTE: return CPNG_PALETTE;
    case PNG_COLOR_TYPE_GRAY: return CPNG_GRAY;
    case PNG_COLOR_TYPE_GRAY_ALPHA: return CPNG_GRAY_ALPHA;
    case PNG_COLOR_TYPE_RGB: return CPNG_RGB;
    default: return CPNG_RGB_ALPHA;
  }
}

/// Everything that may jump out; no local of it is read after the jump.
static void decode(
    png_structp png, png_infop info, uint32_t width, uint32_t height, bool keep_alpha, uint8_t *pixels,
    size_t stride, cpng_result *result) {
  png_read_info(png, info);
  if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height)
    png_error(png, "the header contradicts itself");
  if (png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE) copy_palette(png, info, result);
  set_transformations(png, info, keep_alpha);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  result->layout = layout_of(png_get_color_type(png, info));
  if (png_get_rowbytes(png, info) > stride || png_get_bit_depth(png, info) != 8)
    png_error(png, "an unexpected sample layout");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < height; y++) png_read_row(png, pixels + y * stride, NULL);
  ((source *)png_get_io_ptr(png))->rows_done = true;
  png_read_end(png, NULL);
}

bool cpng_decode(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, bool keep_alpha, uint8_t *pixels,
    size_t stride, cpng_result *result) {
  memset(result, 0, sizeof *result);
  source from = {.bytes = bytes, .count = count, .height = height};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, result, fail, ignore_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    strncpy(result->message, "not enough memory", CPNG_MESSAGE_SIZE - 1);
    return false;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return false;
  }
  png_set_read_fn(png, &from, read_bytes);
  set_limits(png, width, height);
  decode(png, info, width, height, keep_alpha, pixels, stride, result);
  png_destroy_read_struct(&png, &info, NULL);
  return true;
}
