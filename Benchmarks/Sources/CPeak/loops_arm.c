#include "loops.h"

#if defined(__aarch64__)
#include <arm_neon.h>

// Independent sums: more than latency times instructions a cycle, four times four on the widest cores.
enum { SUMS = 24 };

static void words__neon(size_t turns) {
  int16x8_t a = vdupq_n_s16(3), b = vdupq_n_s16(-5);
  int32x4_t sums[SUMS];
  UNROLL
  for (int i = 0; i < SUMS; ++i) sums[i] = vdupq_n_s32(0);
  for (size_t turn = 0; turn < turns; ++turn) {
    UNROLL
    for (int i = 0; i < SUMS; ++i) {
      RENEW("w", a);
      sums[i] = vmlal_s16(sums[i], vget_low_s16(a), vget_low_s16(b));
    }
  }
  UNROLL
  for (int i = 0; i < SUMS; ++i) USE("w", sums[i]);
}

static void bytes__neon(size_t turns) {
  int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(-5);
  int32x4_t sums[SUMS];
  UNROLL
  for (int i = 0; i < SUMS; ++i) sums[i] = vdupq_n_s32(0);
  for (size_t turn = 0; turn < turns; ++turn) {
    UNROLL
    for (int i = 0; i < SUMS; ++i) {
      RENEW("w", a);
      const int16x8_t products = vmull_s8(vget_low_s8(a), vget_low_s8(b));
      sums[i] = vpadalq_s16(sums[i], vmlal_high_s8(products, a, b));
    }
  }
  UNROLL
  for (int i = 0; i < SUMS; ++i) USE("w", sums[i]);
}

#pragma clang attribute push(__attribute__((target("+dotprod"))), apply_to = function)

static void bytes__neondot(size_t turns) {
  int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(-5);
  int32x4_t sums[SUMS];
  UNROLL
  for (int i = 0; i < SUMS; ++i) sums[i] = vdupq_n_s32(0);
  for (size_t turn = 0; turn < turns; ++turn) {
    UNROLL
    for (int i = 0; i < SUMS; ++i) {
      RENEW("w", a);
      sums[i] = vdotq_s32(sums[i], a, b);
    }
  }
  UNROLL
  for (int i = 0; i < SUMS; ++i) USE("w", sums[i]);
}

#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("+i8mm"))), apply_to = function)

static void bytes__neoni8mm(size_t turns) {
  int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(-5);
  int32x4_t sums[SUMS];
  UNROLL
  for (int i = 0; i < SUMS; ++i) sums[i] = vdupq_n_s32(0);
  for (size_t turn = 0; turn < turns; ++turn) {
    UNROLL
    for (int i = 0; i < SUMS; ++i) {
      RENEW("w", a);
      sums[i] = vmmlaq_s32(sums[i], a, b);
    }
  }
  UNROLL
  for (int i = 0; i < SUMS; ++i) USE("w", sums[i]);
}

#pragma clang attribute pop

static const peak_loop loops[] = {
    {"SMLAL", i8k_set_neon, 4 * SUMS, words__neon},
    {"SMULL SMLAL2 SADALP", i8k_set_neon, 16 * SUMS, bytes__neon},
    {"SDOT", i8k_set_neondot, 16 * SUMS, bytes__neondot},
    {"SMMLA", i8k_set_neoni8mm, 32 * SUMS, bytes__neoni8mm},
};

size_t peak_loop_count(void) { return sizeof loops / sizeof *loops; }
const peak_loop *peak_loop_at(size_t index) { return index < peak_loop_count() ? &loops[index] : NULL; }

#endif
