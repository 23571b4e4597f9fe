#include "../base.h"

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>

void i8k_populate(void *memory, size_t count) {
  // MADV_POPULATE_WRITE, of Linux 5.14; older headers lack the name, older systems refuse it.
  enum { POPULATE_WRITE = 23 };
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const uintptr_t first = ((uintptr_t)memory + page - 1) / page * page, end = ((uintptr_t)memory + count) / page * page;
  if (end > first) madvise((void *)first, end - first, POPULATE_WRITE);
}

#else

void i8k_populate(void *memory, size_t count) {}

#endif
