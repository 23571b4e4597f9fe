/// Σ x² of a float value and Σ (x − x̂)² of another form of it.
struct SquaredError: Sendable {
  var energy = 0.0
  var error = 0.0

  init() {}

  init(energy: Double, error: Double) {
    self.energy = energy
    self.error = error
  }

  /// Of a vector, in its elements' order.
  init(_ exact: UnsafeBufferPointer<Float>, _ elements: UnsafePointer<Float>) {
    for (index, value) in exact.enumerated() {
      let difference = Double(value) - Double(elements[index])
      energy += Double(value) * Double(value)
      error += difference * difference
    }
  }
}

enum Decibels {
  /// 10 · log₁₀(signal / noise); infinite without noise, 0 without signal.
  static func ratio(_ signal: Double, _ noise: Double) -> Double {
    guard noise > 0 else { return .infinity }
    guard signal > 0 else { return 0 }
    return 10 * ElementaryFunctions.log2(signal / noise) * 0.30102999566398120
  }
}
