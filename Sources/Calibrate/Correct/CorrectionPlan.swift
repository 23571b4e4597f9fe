/// Which steps each convolution takes, by node index: what a trial found.
struct CorrectionPlan: Sendable {
  private var steps: [Int: [Corrections.Step]] = [:]

  subscript(node: Int) -> [Corrections.Step] {
    get { steps[node] ?? [] }
    set { steps[node] = newValue }
  }

  /// How many convolutions take `step`.
  func count(_ step: Corrections.Step) -> Int { steps.values.count { $0.contains(step) } }
}
