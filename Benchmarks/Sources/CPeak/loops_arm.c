#include "loops.h"

#if defined(__aarch64__)
#include <arm_neon.h>

// Independent sums: more than latency times instructions a cycle, four times four on the widest cores.
enum { SUMS = 24 };

PEAK_LOOP(words__neon, "w", int32x4_t, SUMS, vdupq_n_s32(0), vdupq_n_s16(3), vdupq_n_s16(-5),
          vmlal_s16(sum, vget_low_s16(a), vget_low_s16(b)))
PEAK_LOOP(bytes__neon, "w", int32x4_t, SUMS, vdupq_n_s32(0), vdupq_n_s8(3), vdupq_n_s8(-5),
          vpadalq_s16(sum, vmlal_high_s8(vmull_s8(vget_low_s8(a), vget_low_s8(b)), a, b)))

#pragma clang attribute push(__attribute__((target("+dotprod"))), apply_to = function)

PEAK_LOOP(bytes__neondot, "w", int32x4_t, SUMS, vdupq_n_s32(0), vdupq_n_s8(3), vdupq_n_s8(-5), vdotq_s32(sum, a, b))

#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("+i8mm"))), apply_to = function)

PEAK_LOOP(bytes__neoni8mm, "w", int32x4_t, SUMS, vdupq_n_s32(0), vdupq_n_s8(3), vdupq_n_s8(-5), vmmlaq_s32(sum, a, b))

#pragma clang attribute pop

static const peak_loop loops[] = {
    {"SMLAL", i8k_set_neon, 4 * SUMS, words__neon},
    {"SMULL SMLAL2 SADALP", i8k_set_neon, 16 * SUMS, bytes__neon},
    {"SDOT", i8k_set_neondot, 16 * SUMS, bytes__neondot},
    {"SMMLA", i8k_set_neoni8mm, 32 * SUMS, bytes__neoni8mm},
};

PEAK_TABLE(loops)

#endif
