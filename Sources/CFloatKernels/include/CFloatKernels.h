#ifndef C_FLOAT_KERNELS_H
#define C_FLOAT_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The inner loops of the float reference and of calibration. Every set gives the same bits as `scalar`; Docs/numerics.md,
// "The float reference", is the definition. Maps are NHWC. Nothing reads or writes outside what its comment names.

/// One block of the sums of up to mr pixels × nr output channels.
///
/// Shapes  rows      [taps][mr] pointers to the channels of one input pixel (a row of zeros where it is padding);
///                   the k channels from `offset` on are read
///         weights   [taps][k][nr], channels past `columns` are 0
///         output    [rowCount][columns], `outputStride` elements between rows
///         bias      [columns], residual [rowCount][columns] with `residualStride`; either may be null; last block only
/// Result  s = 0 (isFirst) or output's value; s = fma(a, w, s) over taps, then k, in order;
///         when isLast: s = s + bias, s = s + residual, s < lower ? lower : s, s > upper ? upper : s.
typedef struct {
  const float *const *rows;
  size_t offset;
  size_t taps;
  size_t k;
  const float *weights;
  float *output;
  size_t outputStride;
  size_t rowCount;
  size_t columns;
  const float *bias;
  const float *residual;
  size_t residualStride;
  float lower;
  float upper;
  bool isFirst;
  bool isLast;
} fk_convolution_tile;

/// One output pixel of a depthwise convolution, all channels.
///
/// Shapes  rows [taps] pointers to input pixels; weights [taps][channels]; bias, residual, output [channels]
/// Result  as `fk_convolution_tile` with k = 1.
typedef struct {
  const float *const *rows;
  size_t taps;
  size_t channels;
  const float *weights;
  const float *bias;
  const float *residual;
  float *output;
  float lower;
  float upper;
} fk_depthwise_pixel;

typedef enum {
  fk_leaky_relu,    // x < 0 ? slope · x : x
  fk_silu,          // x / (1 + exp(−x))
  fk_hard_swish,    // x · clamp(x + 3, 0, 6) / 6
  fk_gelu,          // x · (0.5 · (1 + erf(x · √½)))
  fk_sigmoid,       // 1 / (1 + exp(−x))
  fk_hard_sigmoid,  // clamp(x + 3, 0, 6) / 6
  fk_tanh,
  fk_exponential,
  fk_clamp,         // x < lower ? lower : x, then > upper ? upper
} fk_function;

/// The numbers of a function: `slope` of fk_leaky_relu, `lower` and `upper` of fk_clamp.
typedef struct {
  fk_function function;
  float slope;
  float lower;
  float upper;
} fk_activation;

/// ((x − mean) / deviation) · gamma + beta, each step rounded; deviation = √(variance + epsilon). All [channels].
typedef struct {
  const float *mean;
  const float *deviation;
  const float *gamma;
  const float *beta;
} fk_normalization;

/// Multiples of rows, added to rows of sums.
///
/// Shapes  rows [rowCount][columns], factors [sumCount][rowCount], sums [sumCount][columns]; strides in elements
/// Result  sums[m][j] = sums[m][j] + factors[m][k] · rows[k][j] over k in order, each product and each sum rounded.
typedef struct {
  const double *rows;
  ptrdiff_t rowStride;
  size_t rowCount;
  const double *factors;
  size_t factorStride;
  double *sums;
  size_t sumStride;
  size_t sumCount;
  size_t columns;
} fk_row_sums;

/// A float map and an Int8 one that stands for it.
///
/// Shapes  exact, elements [pixels][channels]; scales, zeroPoints [channels]
typedef struct {
  const float *exact;
  const int8_t *elements;
  const float *scales;
  const float *zeroPoints;
  size_t pixels;
  size_t channels;
} fk_map_pair;

// Rows on each side of `dotProducts`.
enum { fk_dot_product_rows = 4 };

/// One instruction set's kernels.
typedef struct {
  const char *name;
  /// Pixels and output channels of a convolution tile.
  size_t mr;
  size_t nr;
  bool (*isSupported)(void);

  void (*convolution)(const fk_convolution_tile *tile);
  void (*depthwise)(const fk_depthwise_pixel *pixel);

  /// output[c] = the largest rows[i][c], i < count; the first of equals. count ≥ 1.
  void (*maximum)(const float *const *rows, size_t count, size_t channels, float *output);
  /// output[c] = (Σ rows[i][c]) / divisor. Every 256 rows are summed from 0 in order of i, then these sums from 0 in order:
  /// one sum over 100 000 pixels alike would be off by 10⁻³.
  void (*average)(const float *const *rows, size_t count, float divisor, size_t channels, float *output);

  /// In place is allowed: output may be input.
  void (*activation)(const fk_activation *activation, const float *input, float *output, size_t count);
  /// output = a + b, clamped as in `fk_convolution_tile`; output may be a or b.
  void (*add)(const float *a, const float *b, float lower, float upper, float *output, size_t count);
  /// One pixel: output[c] = input[c] · gate[c].
  void (*gate)(const float *input, const float *gate, float *output, size_t channels);
  /// One pixel: x < 0 ? slopes[c] · x : x.
  void (*prelu)(const float *input, const float *slopes, float *output, size_t channels);
  /// One pixel.
  void (*normalize)(const fk_normalization *parameters, const float *input, float *output, size_t channels);

  void (*addRows)(const fk_row_sums *sums);
  /// results[i][j] = Σ a[i][s] · b[j][s] over s < count, 4 rows each; exact where no partial sum leaves Int32.
  void (*dotProducts)(const int16_t *const *a, const int16_t *const *b, size_t count, int32_t *results);
  /// With x = exact and d = scale · (element − zeroPoint) − x in Float: adds d, d², x, x² of each channel, in Double, over
  /// pixels in order. Shape  sums [4][channels].
  void (*addDifferences)(const fk_map_pair *maps, double *sums);
} fk_kernel_set;

/// The sets of this architecture, `scalar` first, the fastest last; null past the end.
const fk_kernel_set *fk_kernel_set_at(size_t index);

/// Rounds to nearest even and keeps subnormals on this thread; returns what to hand to `fk_restore_floating_point`.
uint64_t fk_set_floating_point(void);
void fk_restore_floating_point(uint64_t state);

#endif
