/// A whole number ≥ 0 of any size, for exact sums and products.
///
/// - Invariant: words of 32 bits, least significant first, none that is zero on top; no words stand for 0.
struct Natural: Hashable, Sendable {
  private(set) var words: [UInt32]

  init(_ value: UInt64) {
    words = [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
    trim()
  }

  private init(words: [UInt32]) {
    self.words = words
    trim()
  }

  private mutating func trim() {
    while words.last == 0 { words.removeLast() }
  }

  var isZero: Bool { words.isEmpty }

  /// The position of the highest one, plus 1; 0 for 0.
  var bitWidth: Int {
    guard let top = words.last else { return 0 }
    return words.count * 32 - top.leadingZeroBitCount
  }

  func bit(_ position: Int) -> Bool {
    guard position >= 0, position / 32 < words.count else { return false }
    return words[position / 32] >> (position % 32) & 1 == 1
  }

  /// Whether any of the `count` lowest bits is one.
  func hasOnes(below count: Int) -> Bool {
    guard !isZero, count > 0 else { return false }
    for (index, word) in words.enumerated() where word != 0 {
      return index * 32 + word.trailingZeroBitCount < count
    }
    return false
  }

  /// The number itself; nil from 2⁶⁴ on.
  var uint64: UInt64? {
    guard words.count <= 2 else { return nil }
    return words.reversed().reduce(0) { $0 << 32 | UInt64($1) }
  }

  static func << (value: Natural, count: Int) -> Natural {
    precondition(count >= 0)
    guard !value.isZero, count > 0 else { return value }
    var result = [UInt32](repeating: 0, count: count / 32)
    var carry: UInt64 = 0
    for word in value.words {
      carry |= UInt64(word) << (count % 32)
      result.append(UInt32(truncatingIfNeeded: carry))
      carry >>= 32
    }
    result.append(UInt32(carry))
    return Natural(words: result)
  }

  /// ⌊value / 2^count⌋
  static func >> (value: Natural, count: Int) -> Natural {
    precondition(count >= 0)
    var result: [UInt32] = []
    for index in 0..<max(0, value.words.count - count / 32) {
      let low = index + count / 32
      let high = low + 1 < value.words.count ? value.words[low + 1] : 0
      let pair = UInt64(high) << 32 | UInt64(value.words[low])
      result.append(UInt32(truncatingIfNeeded: pair >> (count % 32)))
    }
    return Natural(words: result)
  }

  static func + (a: Natural, b: Natural) -> Natural {
    var result: [UInt32] = []
    var carry: UInt64 = 0
    for index in 0...max(a.words.count, b.words.count) {
      carry += UInt64(index < a.words.count ? a.words[index] : 0)
      carry += UInt64(index < b.words.count ? b.words[index] : 0)
      result.append(UInt32(truncatingIfNeeded: carry))
      carry >>= 32
    }
    return Natural(words: result)
  }

  /// - Precondition: `a >= b`.
  static func - (a: Natural, b: Natural) -> Natural {
    precondition(a >= b)
    var result: [UInt32] = []
    var borrow: Int64 = 0
    for index in a.words.indices {
      let difference = Int64(a.words[index]) - Int64(index < b.words.count ? b.words[index] : 0) - borrow
      borrow = difference < 0 ? 1 : 0
      result.append(UInt32(truncatingIfNeeded: difference))
    }
    return Natural(words: result)
  }

  static func * (a: Natural, b: Natural) -> Natural {
    var result = [UInt32](repeating: 0, count: a.words.count + b.words.count)
    for (i, x) in a.words.enumerated() {
      var carry: UInt64 = 0
      for (j, y) in b.words.enumerated() {
        carry += UInt64(x) * UInt64(y) + UInt64(result[i + j])
        result[i + j] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      result[i + b.words.count] = UInt32(carry)
    }
    return Natural(words: result)
  }
}

extension Natural: Comparable {
  static func < (a: Natural, b: Natural) -> Bool {
    guard a.words.count == b.words.count else { return a.words.count < b.words.count }
    for (x, y) in zip(a.words, b.words).reversed() where x != y { return x < y }
    return false
  }
}
