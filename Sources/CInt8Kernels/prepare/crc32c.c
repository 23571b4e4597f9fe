#include "../base.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

// CRC-32C by the instruction for it.

#if defined(__x86_64__)

bool i8k_has_crc32c(void) { return __builtin_cpu_supports("sse4.2"); }

__attribute__((target("sse4.2"))) uint32_t i8k_crc32c(uint32_t state, const void *bytes, size_t count) {
  const char *place = bytes;
  uint64_t crc = state;
  for (; count >= 8; count -= 8, place += 8) {
    uint64_t word;
    memcpy(&word, place, sizeof word);
    crc = _mm_crc32_u64(crc, word);
  }
  for (; count > 0; --count, ++place) crc = _mm_crc32_u8((uint32_t)crc, (uint8_t)*place);
  return (uint32_t)crc;
}

#elif defined(__aarch64__) && defined(__linux__)

// HWCAP_CRC32.
bool i8k_has_crc32c(void) { return (getauxval(AT_HWCAP) >> 7) & 1; }

__attribute__((target("crc"))) uint32_t i8k_crc32c(uint32_t state, const void *bytes, size_t count) {
  const char *place = bytes;
  for (; count >= 8; count -= 8, place += 8) {
    uint64_t word;
    memcpy(&word, place, sizeof word);
    state = __builtin_arm_crc32cd(state, word);
  }
  for (; count > 0; --count, ++place) state = __builtin_arm_crc32cb(state, (uint8_t)*place);
  return state;
}

#else

bool i8k_has_crc32c(void) { return false; }
uint32_t i8k_crc32c(uint32_t state, const void *bytes, size_t count) { return state; }

#endif
