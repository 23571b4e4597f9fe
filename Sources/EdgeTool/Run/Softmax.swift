import Int8Kernels

/// Probabilities from logits, by the engine's own exponential: the same digits on every CPU.
package enum Softmax {
  package static func probabilities(_ logits: [Float]) -> [Float] {
    let largest = logits.max() ?? 0
    let exponentials = logits.map { exponential($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  /// The indices of the `count` largest, largest first; equal ones by index.
  package static func largest(_ values: [Float], count: Int) -> [Int] {
    Array(values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }.prefix(count))
  }
}
