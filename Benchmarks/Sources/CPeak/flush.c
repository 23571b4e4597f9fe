#include "CPeak.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

enum { LINE = 64 };

// CPUID leaf 7, EBX bit 23.
static bool has_clflushopt(void) {
  unsigned eax, ebx, ecx, edx;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && ((ebx >> 23) & 1);
}

// Several lines at once, which clflush does not do.
__attribute__((target("clflushopt"))) static void flush_many(uintptr_t start, uintptr_t end) {
  for (uintptr_t line = start; line < end; line += LINE) _mm_clflushopt((void *)line);
}

static void flush(uintptr_t start, uintptr_t end) {
  static int has = -1;
  if (has < 0) has = has_clflushopt();
  if (has) return flush_many(start, end);
  for (uintptr_t line = start; line < end; line += LINE) _mm_clflush((const void *)line);
}

static void wait(void) { _mm_mfence(); }

#elif defined(__aarch64__)

// No CPU that this runs on has shorter lines; longer ones are dropped more than once.
enum { LINE = 32 };

static void flush(uintptr_t start, uintptr_t end) {
  for (uintptr_t line = start; line < end; line += LINE) __asm__ volatile("dc civac, %0" : : "r"(line) : "memory");
}

static void wait(void) { __asm__ volatile("dsb ish" : : : "memory"); }

#endif

/// The list of mappings, ended by a zero; its length, 0 when it cannot be read or is too long.
static size_t read_mappings(char *text, size_t capacity) {
  const int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  size_t length = 0;
  ssize_t count;
  while (length < capacity && (count = read(file, text + length, capacity - length)) > 0) length += (size_t)count;
  close(file);
  if (length >= capacity) return 0;
  text[length] = 0;
  return length;
}

// No memory is allocated here, which might change the mappings.
bool peak_flush_writable_memory(void) {
  static char text[1 << 20];
  if (read_mappings(text, sizeof text) == 0) return false;
  // 55d0c8a00000-55d0c8a21000 rw-p 00000000 00:00 0   [heap]
  for (char *line = text; *line;) {
    char *next;
    const uintptr_t start = strtoull(line, &next, 16);
    const uintptr_t end = strtoull(next + 1, &next, 16);
    if (strncmp(next, " rw", 3) == 0) flush(start, end);
    line = strchr(next, '\n');
    if (!line) break;
    ++line;
  }
  wait();
  return true;
}
