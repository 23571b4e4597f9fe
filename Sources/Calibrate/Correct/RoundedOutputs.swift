/// Some outputs of a convolution while their weights are being rounded.
struct RoundedOutputs {
  /// `[output][input]`.
  let exact: [Double]
  /// What a whole number stands for, one an output.
  let scales: [Double]
  /// `[output][input]`, −127…127.
  var elements: [Int8]
  /// `[output][input]`: what errors so far make of each input.
  var sums: [Double]

  /// A weight goes at most so many steps from where it was: to either neighbour. Farther, sums over what the samples hardly
  /// show could be far off.
  private static let reach = 1.0

  init(exact: [Double], scales: [Double]) {
    self.exact = exact
    self.scales = scales
    elements = .init(repeating: 0, count: exact.count)
    sums = .init(repeating: 0, count: exact.count)
  }

  /// Sets the weight at `place` to the whole number nearest to `wanted` that is within reach.
  mutating func set(_ place: Int, to wanted: Double, scale: Double) {
    let exact = exact[place] / scale
    elements[place] = ScaledConvolution.rounded(
      min(max(wanted, (exact - Self.reach).rounded(.up)), (exact + Self.reach).rounded(.down)))
  }

  /// By how much the weight at `place` is off.
  func error(_ place: Int, scale: Double) -> Double { Double(elements[place]) * scale - exact[place] }
}
