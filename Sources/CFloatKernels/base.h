#ifndef FK_BASE_H
#define FK_BASE_H

// First in every file, before any other header: a product and a sum are one operation only where the source says fma.
#pragma STDC FP_CONTRACT OFF

#include "CFloatKernels.h"

// Rows that `average` sums in one go.
enum { kAverageBlock = 256 };

#define FK_INLINE static inline __attribute__((always_inline))

// A set's files are this × the instruction set: convolution, pooling, elementwise, moments.
#define FK_DECLARE_SET(isa)                                                                                        \
  extern const fk_kernel_set fk_set__##isa;                                                                        \
  void fk_convolution__##isa(const fk_convolution_tile *);                                                         \
  void fk_depthwise__##isa(const fk_depthwise_pixel *);                                                            \
  void fk_maximum__##isa(const float *const *, size_t, size_t, float *);                                           \
  void fk_average__##isa(const float *const *, size_t, float, size_t, float *);                                    \
  void fk_activation__##isa(const fk_activation *, const float *, float *, size_t);                                \
  void fk_add__##isa(const float *, const float *, float, float, float *, size_t);                                 \
  void fk_gate__##isa(const float *, const float *, float *, size_t);                                              \
  void fk_prelu__##isa(const float *, const float *, float *, size_t);                                             \
  void fk_normalize__##isa(const fk_normalization *, const float *, float *, size_t);                              \
  void fk_add_rows__##isa(const fk_row_sums *);                                                                    \
  void fk_dot_products__##isa(const int16_t *const *, const int16_t *const *, size_t, int32_t *);                  \
  void fk_add_differences__##isa(const fk_map_pair *, double *);

#define FK_DEFINE_SET(isa, pixels, columns, supported)                                                             \
  const fk_kernel_set fk_set__##isa = {                                                                            \
      .name = #isa,                                                                                                \
      .mr = pixels,                                                                                                \
      .nr = columns,                                                                                               \
      .isSupported = supported,                                                                                    \
      .convolution = fk_convolution__##isa,                                                                        \
      .depthwise = fk_depthwise__##isa,                                                                            \
      .maximum = fk_maximum__##isa,                                                                                \
      .average = fk_average__##isa,                                                                                \
      .activation = fk_activation__##isa,                                                                          \
      .add = fk_add__##isa,                                                                                        \
      .gate = fk_gate__##isa,                                                                                      \
      .prelu = fk_prelu__##isa,                                                                                    \
      .normalize = fk_normalize__##isa,                                                                            \
      .addRows = fk_add_rows__##isa,                                                                               \
      .dotProducts = fk_dot_products__##isa,                                                                       \
      .addDifferences = fk_add_differences__##isa,                                                                 \
  };

FK_DECLARE_SET(scalar)
#if defined(__x86_64__)
FK_DECLARE_SET(avx2)
FK_DECLARE_SET(avx512)
#elif defined(__aarch64__)
FK_DECLARE_SET(neon)
#endif

#endif
