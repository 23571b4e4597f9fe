#include "base.h"

#if defined(__x86_64__)
#include <xmmintrin.h>

// All exceptions masked, round to nearest even, neither FTZ (bit 15) nor DAZ (bit 6); the low six bits are sticky flags.
enum { kControl = 0x1F80, kFlags = 0x3F };

uint64_t fk_set_floating_point(void) {
  const uint32_t state = _mm_getcsr();
  if ((state & ~(uint32_t)kFlags) != kControl) _mm_setcsr(kControl);
  return state;
}

void fk_restore_floating_point(uint64_t state) {
  if (((uint32_t)state & ~(uint32_t)kFlags) != kControl) _mm_setcsr((uint32_t)state);
}

#elif defined(__aarch64__)

// FPCR: FZ is bit 24, FIZ bit 0, the rounding mode bits 22 and 23, FZ16 bit 19; all 0 is IEEE 754.
uint64_t fk_set_floating_point(void) {
  uint64_t state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state));
  if (state != 0) __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0));
  return state;
}

void fk_restore_floating_point(uint64_t state) {
  if (state != 0) __asm__ volatile("msr fpcr, %0" : : "r"(state));
}

#else

uint64_t fk_set_floating_point(void) { return 0; }
void fk_restore_floating_point(uint64_t state) { (void)state; }

#endif
