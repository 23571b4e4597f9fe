import TestSupport

/// How test data is chosen: at random, or at one end of its range.
enum Fill: CaseIterable, Sendable {
  case random, lowest, highest, mixed

  func quantized(_ count: Int, _ generator: inout SeededGenerator) -> [Int8] {
    elements(count, -128...127, &generator).map { Int8($0) }
  }

  func weights(_ count: Int, largest: Int = 127, _ generator: inout SeededGenerator) -> [Int8] {
    elements(count, -largest...largest, &generator).map { Int8($0) }
  }

  /// `mixed` takes one of the two ends at random.
  func elements(_ count: Int, _ range: ClosedRange<Int>, _ generator: inout SeededGenerator) -> [Int] {
    (0..<count).map { _ in
      switch self {
      case .random: generator.int(in: range)
      case .lowest: range.lowerBound
      case .highest: range.upperBound
      case .mixed: generator.int(in: 0...1) == 0 ? range.lowerBound : range.upperBound
      }
    }
  }
}
