#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

// One pixel × 8 channels: the products of two taps fit Int16 together, for weights never are −128.

enum { NR = 8 };

static inline __attribute__((always_inline)) void accumulate(const i8k_convolution_arguments *t,
                                                             const int8_t *window, const size_t taps,
                                                             int32x4_t acc[2]) {
  const int32_t *bias = t->panel;
  int32x4_t low = vld1q_s32(bias), high = vld1q_s32(bias + 4);
  const int8_t *w = (const int8_t *)(bias + NR);
  size_t tap = 0;
  for (; tap + 2 <= taps; tap += 2) {
    const int8x8_t first = vld1_s8(window + t->tapByteOffsets[tap]);
    const int8x8_t second = vld1_s8(window + t->tapByteOffsets[tap + 1]);
    const int16x8_t sum = vmlal_s8(vmull_s8(first, vld1_s8(w + NR * tap)), second, vld1_s8(w + NR * (tap + 1)));
    low = vaddw_s16(low, vget_low_s16(sum));
    high = vaddw_high_s16(high, sum);
  }
  if (tap < taps) {
    const int8x8_t last = vld1_s8(window + t->tapByteOffsets[tap]);
    const int16x8_t product = vmull_s8(last, vld1_s8(w + NR * tap));
    low = vaddw_s16(low, vget_low_s16(product));
    high = vaddw_high_s16(high, product);
  }
  acc[0] = low;
  acc[1] = high;
}

I8K_INLINE void run_q8(const i8k_convolution_arguments *t, const size_t taps) {
  const i8k_numbers n = i8k_numbers_at(&t->epilogue, 0);
  const i8k_extras extras = i8k_extras_of(t, i8k_clamps(&n, t->nr));
  for (size_t i = 0; i < t->mr; ++i) {
    int32x4_t acc[2];
    accumulate(t, t->rows[i], taps, acc);
    i8k_store_pixel(t, i, acc, &n, extras);
  }
}

I8K_INLINE void run_q16(const i8k_convolution_arguments *t, const size_t taps) {
  const i8k_numbers n = i8k_numbers_at(&t->epilogue, 0);
  for (size_t i = 0; i < t->mr; ++i) {
    int32x4_t acc[2];
    accumulate(t, t->rows[i], taps, acc);
    i8k_store_strip(t, i, acc, &n);
  }
}

// 3×3 and 5×5 with their loops unrolled.

void i8k_dw_q8_1x8c1__neon(const i8k_convolution_arguments *t) {
  switch (t->taps) {
    case 9: run_q8(t, 9); break;
    case 25: run_q8(t, 25); break;
    default: run_q8(t, t->taps);
  }
}

void i8k_dw_q16_1x8c1__neon(const i8k_convolution_arguments *t) {
  switch (t->taps) {
    case 9: run_q16(t, 9); break;
    case 25: run_q16(t, 25); break;
    default: run_q16(t, t->taps);
  }
}

#endif
