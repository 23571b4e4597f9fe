// Exact sums with vpmaddubsw.
//
// vpmaddubsw adds two products of an unsigned and a signed byte in Int16 and saturates: with elements of 0…255 that can
// happen only where the weights of a pair have one sign and |w0| + |w1| > 128. Such pairs are a few in a hundred, so
// weights are dealt when they are packed:
// - Elements stand twice in the prepared rows: as q + 128, and "turned", with every odd one as 127 − q. A weight of
//   a turned element changes its sign, and a pair that could saturate in one form cannot in the other. The bias takes
//   up the difference.
// - Where both forms have such a pair, among the channels of a panel, the group of four elements is read twice, each time
//   with a part of its weights.
// - Two groups whose sums together stay below 128 are added in Int16 before they are widened: three multiplications
//   for two groups instead of four.
#ifndef I8K_PAIRS_H
#define I8K_PAIRS_H

#include "../base.h"

enum {
  I8K_PAIRS_NR = 8,
  /// Groups begin on multiples of so many bytes, which their offsets are counted in: 16 bits a group.
  I8K_PAIRS_OFFSET_UNIT = 4,
};

#endif
