#include "base.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

#if defined(__x86_64__)
// CPUID leaf 7, subleaf 1, EAX bit 4. The name "avxvnni" is newer than the clang of Swift 6.0.
static bool has_avxvnni(void) {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (!__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx)) return false;
  return (eax >> 4) & 1;
}
#endif

bool i8k_cpu_supports(i8k_set set) {
  switch (set) {
    case i8k_set_scalar: return true;
#if defined(__x86_64__)
    case i8k_set_avx2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case i8k_set_avxvnni:
      return i8k_cpu_supports(i8k_set_avx2) && has_avxvnni();
    case i8k_set_avx512vnni:
      return i8k_cpu_supports(i8k_set_avx2) && __builtin_cpu_supports("avx512vnni") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512dq");
#elif defined(__aarch64__)
    case i8k_set_neon: return true;
#if defined(__linux__)
    // HWCAP_ASIMDDP and HWCAP2_I8MM; older headers lack the names.
    case i8k_set_neondot: return (getauxval(AT_HWCAP) >> 20) & 1;
    case i8k_set_neoni8mm: return i8k_cpu_supports(i8k_set_neondot) && ((getauxval(AT_HWCAP2) >> 13) & 1);
#endif
#endif
    default: return false;
  }
}

#if defined(__x86_64__)

// Rounding control is bits 13–14; FTZ bit 15, DAZ bit 6; all exceptions stay masked (bits 7–12).
uint64_t i8k_set_default_floating_point(void) {
  const uint32_t before = _mm_getcsr();
  _mm_setcsr((before & 0x3fu) | 0x1f80u);
  return before;
}

void i8k_restore_floating_point(uint64_t control) { _mm_setcsr((uint32_t)control); }

#elif defined(__aarch64__)

// All zero: round to nearest, FZ and FZ16 off, no default NaN, no traps.
uint64_t i8k_set_default_floating_point(void) {
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" ::"r"((uint64_t)0));
  return before;
}

void i8k_restore_floating_point(uint64_t control) { __asm__ volatile("msr fpcr, %0" ::"r"(control)); }

#else

uint64_t i8k_set_default_floating_point(void) { return 0; }
void i8k_restore_floating_point(uint64_t control) { (void)control; }

#endif
