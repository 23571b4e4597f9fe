#include "base.h"

static bool always(void) { return true; }

FK_DEFINE_SET(scalar, 6, 16, always)

#if defined(__x86_64__)
static bool has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static bool has_avx512(void) { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"); }

FK_DEFINE_SET(avx2, 6, 16, has_avx2)
FK_DEFINE_SET(avx512, 8, 32, has_avx512)
#elif defined(__aarch64__)
FK_DEFINE_SET(neon, 6, 16, always)
#endif

static const fk_kernel_set *const sets[] = {
    &fk_set__scalar,
#if defined(__x86_64__)
    &fk_set__avx2,
    &fk_set__avx512,
#elif defined(__aarch64__)
    &fk_set__neon,
#endif
};

const fk_kernel_set *fk_kernel_set_at(size_t index) {
  return index < sizeof sets / sizeof sets[0] ? sets[index] : NULL;
}
