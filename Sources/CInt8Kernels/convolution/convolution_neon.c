#include "../base.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include "../neon.h"

// 2 pixels × 8 channels by SMULL, SMLAL, SADALP: weights never are −128, so two products fit Int16. An accumulator
// holds four partial sums of one output; sixteen of them, both rows and a weight stay in registers.

enum { MR = 2, NR = 8 };

typedef int32x4_t partials[MR][NR];

static inline __attribute__((always_inline)) void accumulate(const i8k_convolution_arguments *t,
                                                             const void *const *rows,
                                                             int32x4_t result[MR][2]) {
  partials acc;
  const int32_t *bias = t->panel;
  for (int o = 0; o < NR; ++o)
    for (int i = 0; i < MR; ++i) acc[i][o] = vdupq_n_s32(0);

  const int8_t *w = (const int8_t *)(bias + NR);
  const size_t groups = (t->depth + 7) / 8;
  for (size_t tap = 0; tap < t->taps; ++tap, rows += MR) {
    const int8_t *a0 = (const int8_t *)rows[0] + t->rowByteOffset;
    const int8_t *a1 = (const int8_t *)rows[1] + t->rowByteOffset;
    size_t k = groups;
    for (; k >= 2; k -= 2, a0 += 16, a1 += 16, w += 16 * NR) {
      const int8x8_t first0 = vld1_s8(a0), second0 = vld1_s8(a0 + 8);
      const int8x8_t first1 = vld1_s8(a1), second1 = vld1_s8(a1 + 8);
      for (int o = 0; o < NR; ++o) {
        const int8x8_t first = vld1_s8(w + 8 * o), second = vld1_s8(w + 8 * NR + 8 * o);
        acc[0][o] = vpadalq_s16(acc[0][o], vmlal_s8(vmull_s8(first, first0), second, second0));
        acc[1][o] = vpadalq_s16(acc[1][o], vmlal_s8(vmull_s8(first, first1), second, second1));
      }
    }
    if (k > 0) {
      const int8x8_t first0 = vld1_s8(a0), first1 = vld1_s8(a1);
      for (int o = 0; o < NR; ++o) {
        const int8x8_t first = vld1_s8(w + 8 * o);
        acc[0][o] = vpadalq_s16(acc[0][o], vmull_s8(first, first0));
        acc[1][o] = vpadalq_s16(acc[1][o], vmull_s8(first, first1));
      }
      w += 8 * NR;
    }
  }
  for (int i = 0; i < MR; ++i)
    for (int half = 0; half < 2; ++half) {
      const int32x4_t *p = acc[i] + 4 * half;
      const int32x4_t sums = vpaddq_s32(vpaddq_s32(p[0], p[1]), vpaddq_s32(p[2], p[3]));
      result[i][half] = vaddq_s32(sums, vld1q_s32(bias + 4 * half));
    }
}

void i8k_conv_q8_2x8c8__neon(const i8k_convolution_arguments *t) {
  int32x4_t acc[MR][2];
  for (size_t i = 0; i < t->mr; ++i) {
    if (i % MR == 0) accumulate(t, t->rows + i * t->taps, acc);
    const int32x4_t *sums = acc[i % MR];
    const int8_t *residual = t->residual ? t->residual + i * t->residualStrideBytes : NULL;
    const int8x8_t y = i8k_requantize_neon(sums[0], sums[1], &t->epilogue, residual);
    i8k_store8((int8_t *)t->output + i * t->outputStrideBytes, y, t->nr);
  }
}

void i8k_conv_q16_2x8c8__neon(const i8k_convolution_arguments *t) {
  int32x4_t acc[MR][2];
  for (size_t i = 0; i < t->mr; ++i) {
    if (i % MR == 0) accumulate(t, t->rows + i * t->taps, acc);
    const int32x4_t *sums = acc[i % MR];
    const int16x8_t y = i8k_requantize16_neon(sums[0], sums[1], &t->epilogue);
    i8k_store16((int16_t *)((char *)t->output + i * t->outputStrideBytes), y, t->nr);
  }
}

#endif
