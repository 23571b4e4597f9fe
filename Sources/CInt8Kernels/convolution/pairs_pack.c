#include "pairs.h"

#include <stdlib.h>

// How weights are dealt so that vpmaddubsw never saturates; pairs.h has the idea.

typedef struct {
  /// Weights [NR][4], signs as stored; the byte offset of the four elements.
  int8_t weights[I8K_PAIRS_NR][4];
  int32_t offset;
  /// For each pair of products the sums of its positive and of its negative weights, 0…254.
  uint8_t load[4 * I8K_PAIRS_NR];
  uint8_t largest;
  bool isTaken;
} item;

enum { LIMIT = 128, TRIES = 24 };

static void weigh(item *x) {
  x->largest = 0;
  x->isTaken = false;
  for (int o = 0; o < I8K_PAIRS_NR; ++o)
    for (int pair = 0; pair < 2; ++pair) {
      const int a = x->weights[o][2 * pair], b = x->weights[o][2 * pair + 1];
      const int positive = (a > 0 ? a : 0) + (b > 0 ? b : 0), negative = (a < 0 ? -a : 0) + (b < 0 ? -b : 0);
      uint8_t *load = x->load + 4 * o + 2 * pair;
      load[0] = (uint8_t)positive;
      load[1] = (uint8_t)negative;
      if (positive > x->largest) x->largest = (uint8_t)positive;
      if (negative > x->largest) x->largest = (uint8_t)negative;
    }
}

static bool fit(const item *a, const item *b) {
  int most = 0;
  for (int i = 0; i < 4 * I8K_PAIRS_NR; ++i) {
    const int sum = a->load[i] + b->load[i];
    most = sum > most ? sum : most;
  }
  return most <= LIMIT;
}

/// The group with its odd elements' weights turned round.
static item turned(const item *x, int32_t distance) {
  item result = *x;
  for (int o = 0; o < I8K_PAIRS_NR; ++o)
    for (int i = 1; i < 4; i += 2) result.weights[o][i] = (int8_t)-x->weights[o][i];
  result.offset += distance;
  weigh(&result);
  return result;
}

/// One group as one item, or as two where a pair would saturate in either form. Returns how many.
static size_t deal(const item *plain, int32_t turnedDistance, item *items) {
  items[0] = *plain;
  if (turnedDistance) {
    const item other = turned(plain, turnedDistance);
    if (other.largest < items[0].largest) items[0] = other;
  }
  if (items[0].largest <= LIMIT) return 1;
  items[0] = *plain;
  items[1] = *plain;
  for (int o = 0; o < I8K_PAIRS_NR; ++o)
    for (int pair = 0; pair < 2; ++pair) {
      const uint8_t *load = plain->load + 4 * o + 2 * pair;
      const bool isSplit = load[0] > LIMIT || load[1] > LIMIT;
      if (isSplit) items[0].weights[o][2 * pair + 1] = 0;
      items[1].weights[o][2 * pair] = 0;
      if (!isSplit) items[1].weights[o][2 * pair + 1] = 0;
    }
  weigh(&items[0]);
  weigh(&items[1]);
  return 2;
}

static int by_load(const void *a, const void *b) {
  const item *const *x = a, *const *y = b;
  if ((*x)->largest != (*y)->largest) return (*x)->largest < (*y)->largest ? 1 : -1;
  return (*x)->offset < (*y)->offset ? -1 : (*x)->offset > (*y)->offset;
}

typedef struct {
  char *place;
  size_t size;
} writer;

static void put(writer *w, const void *bytes, size_t count) {
  memcpy(w->place + w->size, bytes, count);
  w->size += count;
}

/// Finds a partner for as many items as it can, the heaviest first, and writes the tap.
static void write_tap(writer *w, item *items, size_t count, item **order, item **partners) {
  for (size_t i = 0; i < count; ++i) order[i] = &items[i];
  qsort(order, count, sizeof *order, by_load);
  size_t last = count, pairs = 0, singles = 0;
  for (size_t i = 0; i < count; ++i) {
    if (order[i]->isTaken) continue;
    order[i]->isTaken = true;
    while (last > 0 && order[last - 1]->isTaken) --last;
    partners[i] = NULL;
    int tries = TRIES;
    for (size_t j = last; j-- > i + 1 && tries > 0;) {
      if (order[j]->isTaken) continue;
      --tries;
      if (!fit(order[i], order[j])) continue;
      order[j]->isTaken = true;
      partners[j] = order[j];
      partners[i] = order[j];
      break;
    }
    if (partners[i]) ++pairs; else ++singles;
  }
  const int32_t head[2] = {(int32_t)pairs, (int32_t)singles};
  put(w, head, sizeof head);
  for (int isSingle = 0; isSingle < 2; ++isSingle)
    for (size_t i = 0; i < count; ++i) {
      if (partners[i] == order[i] || (partners[i] == NULL) != (bool)isSingle) continue;
      put(w, &order[i]->offset, 4);
      if (!isSingle) put(w, &partners[i]->offset, 4);
    }
  while (w->size % 32) w->place[w->size++] = 0;
  for (int isSingle = 0; isSingle < 2; ++isSingle)
    for (size_t i = 0; i < count; ++i) {
      if (partners[i] == order[i] || (partners[i] == NULL) != (bool)isSingle) continue;
      put(w, order[i]->weights, 32);
      if (!isSingle) put(w, partners[i]->weights, 32);
    }
}

size_t i8k_pairs_panel_limit(size_t taps, size_t depth) {
  const size_t groups = (depth + 3) / 4;
  return 4 * I8K_PAIRS_NR + taps * (8 + 31 + 2 * groups * (32 + 4));
}

size_t i8k_pack_pairs(const i8k_pack_arguments *a, void *destination) {
  const size_t groups = (a->depth + 3) / 4;
  item *items = malloc(2 * groups * sizeof *items);
  item **order = malloc(4 * groups * sizeof *order);
  if (!items || !order) {
    free(items);
    free(order);
    return 0;
  }
  writer w = {destination, 0};
  // Sums of 255·|w| may pass 2³¹ on the way; the result is taken modulo 2³².
  uint32_t bias[I8K_PAIRS_NR] = {0};
  for (size_t o = 0; o < a->outputs; ++o) bias[o] = (uint32_t)a->bias[o];
  put(&w, bias, sizeof bias);
  for (size_t tap = 0; tap < a->taps; ++tap) {
    size_t count = 0;
    for (size_t group = 0; group < groups; ++group) {
      item plain = {.offset = (int32_t)(4 * group)};
      for (size_t o = 0; o < a->outputs; ++o)
        for (size_t i = 0; i < 4 && 4 * group + i < a->depth; ++i)
          plain.weights[o][i] = a->weights[(o * a->taps + tap) * a->depth + 4 * group + i];
      weigh(&plain);
      const size_t dealt = deal(&plain, a->turnedDistance, items + count);
      const bool isTurned = dealt == 1 && items[count].offset != plain.offset;
      for (size_t o = 0; o < a->outputs; ++o)
        for (int i = 0; i < 4; ++i) {
          // An element is read as q + 128, turned as 127 − q.
          const int32_t weight = plain.weights[o][i];
          bias[o] += (uint32_t)(isTurned && i % 2 ? 127 * weight : -128 * weight);
        }
      count += dealt;
    }
    write_tap(&w, items, count, order, order + 2 * groups);
  }
  memcpy(destination, bias, sizeof bias);
  free(items);
  free(order);
  return w.size;
}
