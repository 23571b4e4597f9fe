#ifndef C_PEAK_H
#define C_PEAK_H

#include <CInt8Kernels.h>

#pragma clang assume_nonnull begin

// What a core can do at most, and how its caches are emptied: the measures of kernel-bench.

/// A loop over registers alone: independent sums by the multiplications that the kernels of a set are made of.
typedef struct {
  /// The instructions of one step.
  const char *name;
  i8k_set set;
  /// Multiply-accumulates a turn.
  size_t products;
  /// Range   the CPU supports `set`.
  void (*run)(size_t turns);
} peak_loop;

/// The loops of this architecture.
size_t peak_loop_count(void);
const peak_loop *_Nullable peak_loop_at(size_t index);

/// Drops whatever memory this process may write from every cache, line by line: packed weights, maps, scratch. Code and
/// address translations stay. Returns false when /proc/self/maps cannot be read.
///
/// Range   no other thread maps or unmaps memory meanwhile.
bool peak_flush_writable_memory(void);

#pragma clang assume_nonnull end

#endif
