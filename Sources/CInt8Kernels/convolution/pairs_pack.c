#include "pairs.h"

#include <stdlib.h>

// How weights are dealt so that vpmaddubsw never saturates; pairs.h has the idea.

#if defined(__x86_64__)
// Whoever packs for these kernels can run them.
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#endif

typedef uint8_t u8x32 __attribute__((vector_size(32)));
typedef int8_t s8x32 __attribute__((vector_size(32)));
typedef uint16_t u16x16 __attribute__((vector_size(32)));
typedef int16_t s16x16 __attribute__((vector_size(32)));
typedef int32_t s32x8 __attribute__((vector_size(32)));
typedef uint32_t u32x8 __attribute__((vector_size(32)));
typedef uint64_t u64x4 __attribute__((vector_size(32)));

enum { LIMIT = 128, TRIES = 24 };

/// A group of four elements, or a part of one: weights [NR][4], signs as stored.
typedef struct {
  s8x32 weights;
  /// For each pair of products the sums of its positive and of its negative weights, 0…254.
  u8x32 load;
  /// Of the four elements in the prepared rows, in bytes.
  int32_t offset;
  uint8_t largest;
} item;

/// One tap's items, each `count` long.
typedef struct {
  /// As dealt.
  item *items;
  /// Their loads in the order in which they seek partners, the heaviest first.
  u8x32 *loads;
  int32_t *order;
  /// While places in that order are free, the next free ones before and after.
  int32_t *before, *after;
  size_t count;
  /// Of the items in pairs, and of those without a partner, the indices.
  int32_t *doubles, *singles;
  int32_t pairs, alone;
} tap_items;

static inline u8x32 load_of(u16x16 positive, u16x16 negative) {
  return (u8x32)(((positive & 0xff) + (positive >> 8)) | ((negative << 8) + (negative & 0xff00)));
}

static inline item weighed(s8x32 weights, u8x32 load, int32_t offset) {
  return (item){weights, load, offset, __builtin_reduce_max(load)};
}

static inline u16x16 positive_part(s8x32 weights) { return (u16x16)(weights & (weights > 0)); }
static inline u16x16 negative_part(s8x32 weights) { return (u16x16)(-weights & (weights < 0)); }

static inline item plain_item(s8x32 weights, int32_t offset) {
  return weighed(weights, load_of(positive_part(weights), negative_part(weights)), offset);
}

/// The group with its odd elements' weights turned round.
static inline item turned_item(const item *plain, int32_t distance) {
  const u16x16 positive = positive_part(plain->weights), negative = negative_part(plain->weights);
  const u16x16 odd = (u16x16){0} + 0xff00, even = (u16x16){0} + 0x00ff;
  const s8x32 weights = (s8x32)(((u16x16)plain->weights & even) | ((u16x16)-plain->weights & odd));
  return weighed(weights, load_of((positive & even) | (negative & odd), (negative & even) | (positive & odd)),
                 plain->offset + distance);
}

/// One group as one item, or as two where a pair would saturate in either form. Returns how many.
static inline size_t deal(item plain, int32_t turnedDistance, item *items) {
  items[0] = plain;
  if (turnedDistance) {
    const item other = turned_item(&plain, turnedDistance);
    if (other.largest < plain.largest) items[0] = other;
  }
  if (items[0].largest <= LIMIT) return 1;
  // Pairs that saturate are read one element at a time, the others with the first.
  const u16x16 isSplit = (u16x16)((u16x16)(plain.load > LIMIT) != 0);
  const s8x32 second = (s8x32)(isSplit & 0xff00);
  items[0] = plain_item(plain.weights & ~second, plain.offset);
  items[1] = plain_item(plain.weights & second, plain.offset);
  return 2;
}

static inline bool fit(u8x32 a, u8x32 b) {
  const u64x4 over = (u64x4)(a > LIMIT - b);
  return (over[0] | over[1] | over[2] | over[3]) == 0;
}

/// Puts the items in order by counting, those of equal load as they were dealt.
static void sort(tap_items *t) {
  int32_t first[256] = {0};
  for (size_t i = 0; i < t->count; ++i) ++first[t->items[i].largest];
  int32_t place = 0;
  for (int load = 255; load >= 0; --load) {
    const int32_t count = first[load];
    first[load] = place;
    place += count;
  }
  for (size_t i = 0; i < t->count; ++i) {
    const int32_t at = first[t->items[i].largest]++;
    t->order[at] = (int32_t)i;
    t->loads[at] = t->items[i].load;
  }
}

/// Finds a partner for as many items as it can, the heaviest first, among the lightest.
static void pair(tap_items *t) {
  const int32_t count = (int32_t)t->count;
  // Place `count` stands before the first and after the last.
  for (int32_t i = 0; i <= count; ++i) {
    t->before[i] = i > 0 ? i - 1 : count;
    t->after[i] = i < count ? i + 1 : 0;
  }
  t->pairs = t->alone = 0;
  for (int32_t i = 0; i < count; i = t->after[i]) {
    const u8x32 load = t->loads[i];
    int32_t j = t->before[count];
    int tries = TRIES;
    for (; j > i && tries > 0; --tries, j = t->before[j]) {
      if (fit(load, t->loads[j])) break;
    }
    if (j <= i || j == count || tries == 0) {
      t->singles[t->alone++] = t->order[i];
      continue;
    }
    t->doubles[2 * t->pairs] = t->order[i];
    t->doubles[2 * t->pairs++ + 1] = t->order[j];
    t->after[t->before[j]] = t->after[j];
    t->before[t->after[j]] = t->before[j];
  }
}

typedef struct {
  char *place;
  size_t size;
} writer;

static inline void put(writer *w, const void *bytes, size_t count) {
  memcpy(w->place + w->size, bytes, count);
  w->size += count;
}

static inline void put_offsets(writer *w, const tap_items *t, const int32_t *indices, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    const uint16_t offset = (uint16_t)(t->items[indices[i]].offset / I8K_PAIRS_OFFSET_UNIT);
    put(w, &offset, sizeof offset);
  }
}

static inline void put_weights(writer *w, const tap_items *t, const int32_t *indices, int32_t count) {
  for (int32_t i = 0; i < count; ++i) put(w, &t->items[indices[i]].weights, 32);
}

static void write_tap(writer *w, const tap_items *t) {
  const int32_t head[2] = {t->pairs, t->alone};
  put(w, head, sizeof head);
  put_offsets(w, t, t->doubles, 2 * t->pairs);
  put_offsets(w, t, t->singles, t->alone);
  while (w->size % 32) w->place[w->size++] = 0;
  put_weights(w, t, t->doubles, 2 * t->pairs);
  put_weights(w, t, t->singles, t->alone);
}

/// The weights of `count` ≤ 4 elements of all channels, of which `first` is the first channel's.
static inline s8x32 gathered(const i8k_pack_arguments *a, const int8_t *first, size_t count) {
  u32x8 result = {0};
  const size_t stride = a->taps * a->depth;
  if (count == 4 && a->outputs == I8K_PAIRS_NR) {
    for (int o = 0; o < I8K_PAIRS_NR; ++o) {
      uint32_t four;
      memcpy(&four, first + (size_t)o * stride, sizeof four);
      result[o] = four;
    }
  } else {
    for (size_t o = 0; o < a->outputs; ++o) {
      uint32_t some = 0;
      memcpy(&some, first + o * stride, count);
      result[o] = some;
    }
  }
  return (s8x32)result;
}

/// Eight groups of all channels, all of which the panel has: rows of a matrix of 32-bit elements become its columns.
static inline void gather_eight(const i8k_pack_arguments *a, const int8_t *first, s8x32 groups[8]) {
  const size_t stride = a->taps * a->depth;
  u32x8 row[8];
  for (int o = 0; o < 8; ++o) memcpy(&row[o], first + (size_t)o * stride, sizeof row[o]);
  u64x4 two[8], four[8];
  for (int o = 0; o < 8; o += 2) {
    two[o] = (u64x4)__builtin_shufflevector(row[o], row[o + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    two[o + 1] = (u64x4)__builtin_shufflevector(row[o], row[o + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int half = 0; half < 8; half += 4)
    for (int i = 0; i < 2; ++i) {
      four[half + 2 * i] = __builtin_shufflevector(two[half + i], two[half + 2 + i], 0, 4, 2, 6);
      four[half + 2 * i + 1] = __builtin_shufflevector(two[half + i], two[half + 2 + i], 1, 5, 3, 7);
    }
  for (int i = 0; i < 4; ++i) {
    groups[i] = (s8x32)__builtin_shufflevector(four[i], four[i + 4], 0, 1, 4, 5);
    groups[i + 4] = (s8x32)__builtin_shufflevector(four[i], four[i + 4], 2, 3, 6, 7);
  }
}

/// What reading elements as q + 128, turned ones as 127 − q, adds to each channel's sum: the bias takes it back.
static inline u32x8 surplus(s8x32 weights, bool isTurned) {
  const s16x16 even = (s16x16)((u16x16)weights << 8) >> 8, odd = (s16x16)weights >> 8;
  const s16x16 whole = even + odd;
  const s32x8 sum = ((s32x8)((u32x8)whole << 16) >> 16) + ((s32x8)whole >> 16);
  if (!isTurned) return (u32x8)sum * 128;
  const s32x8 oddSum = ((s32x8)((u32x8)odd << 16) >> 16) + ((s32x8)odd >> 16);
  return (u32x8)sum * 128 - (u32x8)oddSum * 255;
}

/// Adds the group to the tap's items and returns its surplus.
static inline u32x8 deal_group(tap_items *t, s8x32 weights, size_t offset, int32_t turnedDistance) {
  item *dealt = t->items + t->count;
  t->count += deal(plain_item(weights, (int32_t)offset), turnedDistance, dealt);
  return surplus(weights, dealt->offset != (int32_t)offset);
}

size_t i8k_pairs_offset_limit(void) { return UINT16_MAX * (size_t)I8K_PAIRS_OFFSET_UNIT; }

size_t i8k_pairs_panel_size(size_t taps, size_t depth) {
  const size_t groups = (depth + 3) / 4;
  return 4 * I8K_PAIRS_NR + taps * ((8 + 2 * groups + 31) / 32 * 32 + 32 * groups);
}

size_t i8k_pairs_panel_limit(size_t taps, size_t depth) {
  const size_t groups = (depth + 3) / 4;
  return 4 * I8K_PAIRS_NR + taps * (8 + 31 + 2 * groups * (32 + 2));
}

static bool reserve(tap_items *t, size_t groups) {
  const size_t most = 2 * groups, places = most + 1;
  char *memory = aligned_alloc(32, (most * (sizeof(item) + sizeof(u8x32)) + 5 * places * sizeof(int32_t) + 31) / 32 * 32);
  if (!memory) return false;
  t->items = (item *)memory;
  t->loads = (u8x32 *)(t->items + most);
  t->order = (int32_t *)(t->loads + most);
  t->before = t->order + places;
  t->after = t->before + places;
  t->doubles = t->after + places;
  t->singles = t->doubles + places;
  return true;
}

size_t i8k_pack_pairs(const i8k_pack_arguments *a, void *destination) {
  const size_t groups = (a->depth + 3) / 4;
  tap_items t;
  if (!reserve(&t, groups)) return 0;
  writer w = {destination, 4 * I8K_PAIRS_NR};
  // Sums of 255·|w| may pass 2³¹ on the way; the result is taken modulo 2³².
  u32x8 bias = {0};
  for (size_t o = 0; o < a->outputs; ++o) bias[o] = (uint32_t)a->bias[o];
  for (size_t tap = 0; tap < a->taps; ++tap) {
    const int8_t *weights = a->weights + tap * a->depth;
    t.count = 0;
    size_t k = 0;
    if (a->outputs == I8K_PAIRS_NR)
      for (; a->depth - k >= 32; k += 32) {
        s8x32 eight[8];
        gather_eight(a, weights + k, eight);
        for (size_t i = 0; i < 8; ++i) bias -= deal_group(&t, eight[i], k + 4 * i, a->turnedDistance);
      }
    for (; k < a->depth; k += 4)
      bias -= deal_group(&t, gathered(a, weights + k, a->depth - k < 4 ? a->depth - k : 4), k, a->turnedDistance);
    sort(&t);
    pair(&t);
    write_tap(&w, &t);
  }
  memcpy(destination, &bias, sizeof bias);
  free(t.items);
  return w.size;
}

#if defined(__x86_64__)
#pragma clang attribute pop
#endif
