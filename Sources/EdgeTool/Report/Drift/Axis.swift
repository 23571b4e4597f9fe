/// Numbers along one side of a picture.
package struct Axis {
  package let lower: Double
  package let upper: Double
  /// Round numbers from `lower` to `upper`, both among them.
  package let ticks: [Double]
  private let decimals: Int

  /// Widened to round numbers, about `count` steps apart.
  ///
  /// - Precondition: `least <= largest`, both finite.
  package init(_ least: Double, _ largest: Double, steps count: Int = 5) {
    // Equal numbers have a span too, which steps of a Double can count.
    let size = max(abs(least), abs(largest), 1)
    let span = max(largest - least, 1e-6 * size)
    var unit = 1.0
    while unit * Double(count) >= span { unit /= 10 }
    while unit * Double(count) * 10 < span { unit *= 10 }
    let multiples: [Double] = [2, 5, 10]
    let step = unit * (multiples.first { $0 * unit * Double(count) >= span } ?? 10)
    var (decimals, rest) = (0, step)
    while rest < 0.999, decimals < 9 { (decimals, rest) = (decimals + 1, rest * 10) }
    let first = (least / step + 1e-9).rounded(.down)
    let last = max((largest / step - 1e-9).rounded(.up), first + 1)
    lower = first * step
    upper = last * step
    ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
    self.decimals = decimals
  }

  /// 0 at the lower end, 1 at the upper.
  package func part(_ value: Double) -> Double { min(max((value - lower) / (upper - lower), 0), 1) }

  package func label(_ tick: Double) -> String { Number.fixed(tick, decimals).replacingMinus }
}

extension String {
  /// With a minus sign as wide as the digits.
  fileprivate var replacingMinus: String { hasPrefix("-") ? "−" + dropFirst() : self }
}
