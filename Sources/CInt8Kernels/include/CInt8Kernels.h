#ifndef C_INT8_KERNELS_H
#define C_INT8_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Contracts of all micro-kernels. Docs/numerics.md defines the arithmetic, Docs/kernels.md the naming grammar. The
// kernels of one operation and one set of arguments give the same bits on every machine.

/// The instruction sets kernels are written for; the order is KernelSet's.
typedef enum {
  i8k_set_scalar,
  i8k_set_avx2,
  i8k_set_avxvnni,
  i8k_set_avx512vnni,
  i8k_set_neon,
  i8k_set_neondot,
  i8k_set_neoni8mm,
} i8k_set;

/// Whether this CPU, under this operating system, executes the instructions of `set`.
bool i8k_cpu_supports(i8k_set set);

/// Round to nearest even, subnormals kept, in the calling thread. Returns the control word that was set before.
uint64_t i8k_set_default_floating_point(void);
void i8k_restore_floating_point(uint64_t control);

/// What a kernel computes.
typedef enum {
  i8k_operation_conv_q8,
  i8k_operation_conv_q16,
  i8k_operation_winograd_q8,
  i8k_operation_winograd_q16,
  i8k_operation_dw_q8,
  i8k_operation_dw_q16,
  i8k_operation_activation,
  i8k_operation_add,
  i8k_operation_gate,
  i8k_operation_max_pool,
  i8k_operation_average_pool,
  i8k_operation_sum,
  i8k_operation_dense,
  i8k_operation_sigmoid,
  i8k_operation_resample_rows,
  i8k_operation_resample_columns,
} i8k_operation;

/// The q8 epilogue of the nr channels of one panel: y = rne(clamp(v, lower, upper)) + zeroPoint with
/// v = f32(acc)·m, or f32(acc)·m + f32(r − residualZeroPoint)·residualMultiplier.
///
/// Memory  every array holds nr elements, also where a panel has fewer channels.
/// Range   multipliers 2⁻⁴⁰…2²⁰; lower = minimum − zero point and upper = maximum − zero point, integers in −255…255.
///         Where isBounded, |v| < 2³⁰ for every input: converting v to Int32 cannot overflow, and the result may be clamped
///         last. Where fitsInt16, |v| ≤ 32767. A q16 epilogue has multipliers and these two alone.
typedef struct {
  const float *multipliers;
  /// Used where acc < 0; NULL where `multipliers` serve both signs.
  const float *_Nullable negativeMultipliers;
  const float *lower;
  const float *upper;
  const int16_t *zeroPoints;
  const int8_t *minimum;
  const int8_t *maximum;
  bool isBounded;
  bool fitsInt16;
  /// NULL without a residual.
  const float *_Nullable residualMultipliers;
  const int16_t *_Nullable residualZeroPoints;
} i8k_requantization;

/// One panel of a convolution, or of a depthwise convolution, over any number of pixels.
///
/// Shapes  conv: rows [⌈mr/MR⌉][taps][MR] pointers to `depth` elements each, MR pixels a block. C[i][o] = Σ over taps t,
///         elements k of rows[i/MR][t][i%MR][k] · w[t][o][k] + bias[o]. Past the last pixel pointers repeat a valid row.
///         Where the kernel has `join`: rows as that leaves them, and rowByteOffset counts in joined rows.
///         dw: rows [mr] pointers to where a pixel's window begins; tap t's NR channels stand tapByteOffsets[t]
///         further on, and the array has ⌈taps/KR⌉·KR elements, the idle ones repeating a valid offset. C[i][o] =
///         Σ over taps t of (rows[i] + tapByteOffsets[t])[o] · w[o][t] + bias[o]; `depth` is 1. Where rows[i + n] − rows[i]
///         is n times one or two pixels of NR elements, the pointers between them are evenly spaced.
///         panel: s32 bias[NR] with the input's zero points folded in, then weights [taps][⌈depth/KR⌉][NR][KR]
///         (dw: [⌈taps/KR⌉][NR][KR]) of weightBytes each; zero where there is no weight.
///         output [mr][nr]: s8 (q8) or the strip t = clamp(rne(f32(acc)·m), −32768, 32767) of s16 (q16).
///         residual [mr][nr] s8, q8 only.
/// Range   rows −128…127 of rowBytes each, or 0…255 where the kernel's rowOffset is 128 (the bias then has another
///         −128·Σw); w −127…127; nr ≥ 1, mr ≥ 1. Sums wrap modulo 2³² on the way; the result fits s32.
/// Memory  reads each row up to round_up(depth, 16) elements (dw: round_up(nr, NR)), the panel whole, the
///         residual's rows up to round_up(nr, NR) elements; writes exactly mr × nr elements of the output.
typedef struct {
  const void *_Nonnull const *_Nonnull rows;
  /// Added to every row pointer: where the group's channels begin. 0 in a depthwise convolution.
  size_t rowByteOffset;
  /// NULL but in a depthwise convolution.
  const size_t *_Nullable tapByteOffsets;
  size_t taps;
  size_t depth;
  const void *panel;
  size_t mr;
  size_t nr;
  void *output;
  size_t outputStrideBytes;
  const int8_t *_Nullable residual;
  size_t residualStrideBytes;
  i8k_requantization epilogue;
} i8k_convolution_arguments;

/// The windows of 3×3 convolutions of stride 1, transformed for F(2×2, 3×3): V = Bᵀ d B (winograd_scalar.c).
///
/// Shapes  rows [2·tileRows + 2][2·tileColumns + 2][channels] s8, a row every rowStrideBytes; tile (y, x) reads rows 2y… and
///         columns 2x…. windows [16][tileRows·tileColumns][windowChannels] s16, one of the 16 every windowsStride elements.
/// Range   windowChannels: channels rounded up to 16. Elements past `channels` are left as they come out.
/// Memory  reads 15 bytes past a pixel's channels.
typedef struct {
  const int8_t *rows;
  size_t rowStrideBytes;
  size_t channels;
  size_t tileRows;
  size_t tileColumns;
  int16_t *windows;
  size_t windowsStride;
  size_t windowChannels;
} i8k_winograd_windows_arguments;

/// One panel of a 3×3 convolution of stride 1 by F(2×2, 3×3): 4·acc = Aᵀ (Σ over channels of U ∘ V) A + 4·bias.
///
/// Shapes  windows as above. panel: s32 4·bias[NR], then s8 weights [windowChannels/KR][9][NR][KR], zero where there is none
///         (i8k_pack_winograd). weights: scratch for U, [16][windowChannels/KR][NR][KR], one of
///         the 16 every weightsStride elements. sums: scratch [16][tiles][NR], one of
///         the 16 every sumsStride elements. output, residual: rows × columns pixels of nr elements, the tiles' pixels
///         beyond them left out; s8 (q8) or s16 (q16).
/// Range   the epilogue's multipliers are of 4·acc, which fits s32; sums wrap modulo 2³² on the way.
/// Memory  writes exactly rows × columns × nr elements of the output.
typedef struct {
  const int16_t *windows;
  size_t windowsStride;
  size_t channels;
  size_t windowChannels;
  size_t tileRows;
  size_t tileColumns;
  const void *panel;
  int16_t *weights;
  size_t weightsStride;
  int32_t *sums;
  size_t sumsStride;
  size_t rows;
  size_t columns;
  size_t nr;
  void *output;
  size_t outputStrideBytes;
  size_t outputRowStrideBytes;
  const int8_t *_Nullable residual;
  size_t residualStrideBytes;
  size_t residualRowStrideBytes;
  i8k_requantization epilogue;
} i8k_winograd_arguments;

/// An activation over a strip: y = clamp(zeroPoint + mulr(v(t), gain), −128, 127); numerics.md "Activations on maps".
///
/// Shapes  strip [rows][channels] s16, output [rows][channels] s8; a0 a1 a2 [16].
/// Memory  the arrays a channel hold `channels` elements rounded up to 32; the strip may be read up to that too.
typedef struct {
  const int16_t *strip;
  size_t stripStrideBytes;
  int8_t *output;
  size_t outputStrideBytes;
  size_t rows;
  size_t channels;
  /// 8·2ᵏ − 1, 2¹²⁻ᵏ, 2ᵏ⁻¹
  const int16_t *limits;
  const int16_t *scales;
  const int16_t *halves;
  /// 1…32767
  const int16_t *gains;
  const int16_t *zeroPoints;
  const int16_t *a0;
  const int16_t *a1;
  const int16_t *a2;
  /// v = offset ± r instead of max(t, 0) − mulr(r, 2ᵏ⁻¹)
  bool isOdd;
  int16_t offset;
} i8k_activation_arguments;

/// y = rne(clamp(f32(a − zA)·mA + f32(b − zB)·mB, lower, upper)) + zeroPoint over [pixels][channels] s8 maps.
///
/// Memory  the arrays a channel hold `channels` elements rounded up to 32; the inputs may be read 32 bytes past their
///         end, of the output exactly pixels × channels are written.
typedef struct {
  const int8_t *a;
  const int8_t *b;
  int8_t *output;
  size_t pixels;
  size_t channels;
  const float *multipliersA;
  const float *multipliersB;
  const int16_t *zeroPointsA;
  const int16_t *zeroPointsB;
  const float *lower;
  const float *upper;
  const int16_t *zeroPoints;
} i8k_add_arguments;

/// y = clamp(zeroPoint + mulr((q − inputZeroPoint) << shift, gate), −128, 127) over [pixels][channels] s8 maps.
///
/// Range   gates 0…32767, shift 0…7.
/// Memory  as i8k_add_arguments.
typedef struct {
  const int8_t *input;
  int8_t *output;
  size_t pixels;
  size_t channels;
  const int16_t *gates;
  const int16_t *inputZeroPoints;
  const int16_t *zeroPoints;
  int32_t shift;
} i8k_gate_arguments;

/// One output pixel of a pooling over `taps` rows of `channels` s8.
///
/// max: the largest element, −128 without taps. average: y = rne(clamp(f32(Σ(q − inputZeroPoint))·m, lower, upper)) +
/// zeroPoint. Memory: the arrays a channel hold `channels` elements rounded up to 32; a row may be read up to that too.
typedef struct {
  const int8_t *_Nonnull const *_Nonnull rows;
  size_t taps;
  size_t channels;
  int8_t *output;
  const int16_t *inputZeroPoints;
  const float *multipliers;
  const float *lower;
  const float *upper;
  const int16_t *zeroPoints;
} i8k_pool_arguments;

/// sums[c] = Σ over pixels of q[c], exact; pixels ≤ 2²³.
///
/// Memory  a row and `sums` may be read up to `channels` rounded up to 32; exactly `channels` sums are written.
typedef struct {
  const int8_t *input;
  size_t pixels;
  size_t strideBytes;
  size_t channels;
  int32_t *sums;
} i8k_sum_arguments;

/// y[o] = fma(acc, scale[o], bias[o]) with acc = fma(x[i], f32(w[i][o]), acc) from 0 in index order.
///
/// Shapes  input [inputs]; panel [inputs][NR] s8; scales and biases [NR]; output [outputs], outputs ≤ NR.
typedef struct {
  const float *input;
  size_t inputs;
  const int8_t *panel;
  const float *scales;
  const float *biases;
  float *output;
  size_t outputs;
} i8k_dense_arguments;

/// y = 1 / (1 + e⁻ˣ), or x times that; e by i8k_exponential's arithmetic.
///
/// Memory  output may be input; exactly `count` elements are read and written.
typedef struct {
  const float *input;
  float *output;
  size_t count;
  bool timesInput;
} i8k_sigmoid_arguments;

/// Pictures of RGB bytes along x: output[r][x] = clamp((2²¹ + Σ over taps t of input[r][starts[x] + t]·w[x][t]) >> 22, 0, 255)
/// in each colour, with w = high·2¹² + low.
///
/// Shapes  input [rows][width][3] u8, inputStrideBytes between rows; starts [outputs]; low and high [outputs][taps];
///         output [rows][outputs][3] u8, outputStrideBytes between rows.
/// Range   starts[x] + taps ≤ width; low −2¹¹…2¹¹ − 1; Σ|w[x]| < 2²³, so that the sum fits s32.
/// Memory  reads nothing beyond a row's width · 3 bytes, writes exactly rows × outputs × 3.
typedef struct {
  const uint8_t *input;
  size_t inputStrideBytes;
  size_t rows;
  size_t width;
  size_t outputs;
  size_t taps;
  const size_t *starts;
  const int16_t *low;
  const int16_t *high;
  uint8_t *output;
  size_t outputStrideBytes;
} i8k_resample_rows_arguments;

/// One row resampled along y: output[i] = clamp((2²¹ + Σ over taps t of input[t][i]·weights[t]) >> 22, 0, 255).
///
/// Shapes  input [taps][count] u8, inputStrideBytes between rows; output [count] u8.
/// Range   Σ|weights| < 2²³.
/// Memory  reads and writes nothing beyond `count` bytes of a row.
typedef struct {
  const uint8_t *input;
  size_t inputStrideBytes;
  size_t count;
  size_t taps;
  const int32_t *weights;
  uint8_t *output;
} i8k_resample_columns_arguments;

/// One panel of weights, for kernels that deal them in groups of their own.
///
/// Shapes  weights [outputs][taps][depth] s8, bias [outputs].
typedef struct {
  const int8_t *weights;
  const int32_t *bias;
  size_t outputs;
  size_t taps;
  size_t depth;
  /// Bytes from an element to its second form in the prepared rows, a multiple of 4; 0 where there is none.
  int32_t turnedDistance;
} i8k_pack_arguments;

/// Writes a panel, at most i8k_pairs_panel_limit bytes, and returns its size; 0 when memory is short.
///
/// Range   the CPU has AVX2; turnedDistance + depth ≤ i8k_pairs_offset_limit().
size_t i8k_pack_pairs(const i8k_pack_arguments *arguments, void *destination);
size_t i8k_pairs_panel_limit(size_t taps, size_t depth);
size_t i8k_pairs_offset_limit(void);
/// Of a panel whose groups all suit the kernel as they are, which is most of its size.
size_t i8k_pairs_panel_size(size_t taps, size_t depth);

/// Asks the system to bring memory that will all be written into place at once; only whole pages are, and none where the
/// system cannot.
void i8k_populate(void *memory, size_t count);

/// Σ |w|.
uint64_t i8k_magnitude(const int8_t *weights, size_t count);
/// Whether a weight is −128.
bool i8k_holds_lowest(const int8_t *weights, size_t count);
/// Σ w[t][k] · f[k] modulo 2³². Shapes: weights [taps][depth], factors [depth].
int32_t i8k_weighted_sum(const int8_t *weights, const int8_t *factors, size_t taps, size_t depth);

/// Whether this CPU has an instruction for CRC-32C: i8k_crc32c may be called only then.
bool i8k_has_crc32c(void);
/// The check's state after `count` more bytes; it begins as all ones and ends inverted.
uint32_t i8k_crc32c(uint32_t state, const void *bytes, size_t count);

/// Writes the panel of i8k_winograd_arguments, for weights of nine taps: i8k_winograd_panel_bytes bytes.
void i8k_pack_winograd(const i8k_pack_arguments *arguments, size_t nr, size_t kr, size_t windowChannels,
                       void *destination);
size_t i8k_winograd_panel_bytes(size_t nr, size_t windowChannels);

/// Turns rows of `count` s8 elements into the elements that a kernel's rows are read in; a source stride of 0 repeats a
/// row.
///
/// Memory  reads a source row up to round_up(count, 16) bytes, writes exactly rows × count elements.
typedef void (*i8k_prepare_function)(const int8_t *source, size_t sourceStrideBytes, void *destination,
                                     size_t destinationStrideBytes, size_t rows, size_t count);

/// Rows of a map, prepared with padding on both sides.
typedef struct {
  const int8_t *source;
  size_t sourceRowStrideBytes;
  size_t sourcePixelStrideBytes;
  void *destination;
  size_t destinationRowStrideBytes;
  size_t destinationPixelStrideBytes;
  size_t rows;
  size_t pixels;
  /// Elements a pixel.
  size_t count;
  /// Pixels stand one after the other without a gap, before and after: a row is prepared in one piece.
  bool areJoined;
  /// Prepared padding: its first bytes are copied to the left of every row and to its right. NULL where it stands there already.
  const void *_Nullable padding;
  size_t leftBytes;
  size_t rightBytes;
} i8k_rows_arguments;

/// table[i] = start + i · strideBytes, for `count` of them.
void i8k_point_evenly(const void *_Nonnull *_Nonnull table, const void *start, size_t strideBytes, size_t count);
/// table[i] = start + byteOffsets[i], for `count` of them.
void i8k_point_at_offsets(const void *_Nonnull *_Nonnull table, const void *start, const int32_t *byteOffsets,
                          size_t count);

/// Prepares each row by `prepare`, with its padding.
void i8k_prepare_rows(i8k_prepare_function prepare, const i8k_rows_arguments *arguments);

/// The rows of a convolution, joined in pairs of pixels once for all panels.
///
/// Shapes  rows [blocks][taps][mr] pointers to groups · depth s8 elements, mr even. destination
///         [blocks][mr/2][groups][taps][⌈depth/8⌉][2][8]: 8 elements of a block's pixel 2i, then 8 of pixel 2i + 1. The pointer
///         to pixel 2i at tap 0 becomes the one to the pair, the others are left.
/// Memory  reads each row, and each group of it, up to round_up(depth, 16) elements; writes the destination whole, past
///         `depth` whatever it read.
typedef struct {
  const void *_Nonnull *_Nonnull rows;
  size_t blocks;
  size_t taps;
  size_t mr;
  size_t groups;
  size_t depth;
  void *destination;
} i8k_join_arguments;

typedef union {
  void (*convolution)(const i8k_convolution_arguments *arguments);
  void (*winograd)(const i8k_winograd_arguments *arguments);
  void (*activation)(const i8k_activation_arguments *arguments);
  void (*add)(const i8k_add_arguments *arguments);
  void (*gate)(const i8k_gate_arguments *arguments);
  void (*pool)(const i8k_pool_arguments *arguments);
  void (*sum)(const i8k_sum_arguments *arguments);
  void (*dense)(const i8k_dense_arguments *arguments);
  void (*sigmoid)(const i8k_sigmoid_arguments *arguments);
  void (*resample_rows)(const i8k_resample_rows_arguments *arguments);
  void (*resample_columns)(const i8k_resample_columns_arguments *arguments);
} i8k_function;

/// A registry entry: everything a driver must know to pack for a kernel and to call it.
typedef struct {
  const char *name;
  i8k_operation operation;
  i8k_set set;
  /// Tile and grouping of K; 1 where the operation has none.
  uint16_t mr;
  uint16_t nr;
  uint16_t kr;
  /// Bytes of a packed weight and of an element that `rows` point to.
  uint8_t weightBytes;
  uint8_t rowBytes;
  /// Added to every element by `prepare`: 128 for instructions that multiply unsigned by signed, else 0.
  uint8_t rowOffset;
  /// NULL where the operation has no rows.
  i8k_prepare_function _Nullable prepare;
  /// Writes the second form of the elements, for kernels that i8k_pack_pairs packs for; else NULL.
  i8k_prepare_function _Nullable prepareTurned;
  i8k_function run;
  /// Fewer products a sum than these are left to the set's plainer kernel.
  uint16_t leastProducts;
  /// So are fewer elements a tap.
  uint16_t leastDepth;
  /// Of i8k_operation_winograd_… alone; else NULL.
  void (*_Nullable windows)(const i8k_winograd_windows_arguments *arguments);
  /// For kernels that read the rows of two pixels joined; else NULL.
  void (*_Nullable join)(const i8k_join_arguments *arguments);
} i8k_kernel;

/// Writes a panel as i8k_convolution_arguments describes it, of the size that i8k_grouped_panel_size says, idle lanes zero.
void i8k_pack_grouped(const i8k_kernel *kernel, const i8k_pack_arguments *arguments, void *destination);
size_t i8k_grouped_panel_size(const i8k_kernel *kernel, size_t taps, size_t depth);

/// All kernels of this architecture; the later of two for one operation and set is preferred, from its leastProducts and leastDepth
/// on.
size_t i8k_kernel_count(void);
const i8k_kernel *_Nullable i8k_kernel_at(size_t index);

/// The gates of a gate product: clamp(rne(x[i]·factors[i]), 0, 32767).
void i8k_make_gates(const float *x, const float *factors, size_t count, int16_t *gates);

/// eˣ, numerics.md "Exponential": the same bits everywhere.
float i8k_exponential(float x);

#pragma clang assume_nonnull end

#endif
