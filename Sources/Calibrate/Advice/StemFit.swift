import Quant

/// How well the first convolution's sums, for photos prepared by one recipe, match the statistics of training.
struct StemFit {
  private let stem: FirstNormalization
  private let windows: StemWindows
  private let live: [Int]

  init(_ stem: FirstNormalization, _ windows: StemWindows) {
    self.stem = stem
    self.windows = windows
    live = stem.live
  }

  var photos: Int { windows.photoMeans.count }

  /// The mean over the outputs of ln(1 + D), D the Kullback–Leibler divergence of normal distributions with the observed
  /// and the trained mean and variance; 0 is a perfect match.
  func misfit(_ recipe: Recipe) -> Double {
    let scaling = InputScaling(recipe, terms: stem.terms)
    var sum = 0.0
    for output in live {
      let (mean, variance) = moments(output, scaling)
      let trained = Double(stem.statistics.variance[output])
      let distance = mean - Double(stem.statistics.mean[output])
      let ratio = max(variance, 1e-12 * trained) / trained
      let logarithm = ElementaryFunctions.log2(ratio) * Self.ln2
      let divergence = (ratio + distance * distance / trained - 1 - logarithm) / 2
      sum += ElementaryFunctions.log2(1 + max(divergence, 0)) * Self.ln2
    }
    return sum / Double(max(live.count, 1))
  }

  /// The correlation between the logarithms of the outputs' variances, as observed and as trained; the scaling hardly
  /// matters. Near 1 for a trained network; weights that were never trained with these statistics have none.
  func agreement(_ recipe: Recipe) -> Double {
    let scaling = InputScaling(recipe, terms: stem.terms)
    let pairs = live.map { output in
      let trained = Double(stem.statistics.variance[output])
      let observed = max(moments(output, scaling).variance, 1e-12 * trained)
      return (ElementaryFunctions.log2(observed), ElementaryFunctions.log2(trained))
    }
    return Self.correlation(pairs)
  }

  /// How much nearer the means of the sums are to training's with the channels in the other order.
  ///
  /// Distances are root mean squares over the outputs of (mean − trained mean) / trained deviation, without the part that
  /// a lighter or darker picture accounts for. `certainty` is the difference of their squares in its standard errors over
  /// the photos (jackknife): positive when the other order is nearer.
  func order(_ recipe: Recipe) -> (own: Double, other: Double, certainty: Double) {
    let own = deviations(InputScaling(recipe, terms: stem.terms))
    let other = deviations(InputScaling(recipe.withOtherOrder, terms: stem.terms))
    let brightness = self.brightness(InputScaling(recipe, terms: stem.terms))
    let count = Double(photos)
    func squares(_ sums: [Double], less photo: [Double]?) -> Double {
      let rest = photo == nil ? count : count - 1
      let means = sums.indices.map { (sums[$0] - (photo?[$0] ?? 0)) / rest }
      return Self.meanSquare(means, without: brightness)
    }
    let (ownSums, otherSums) = (Self.sums(own), Self.sums(other))
    let (ownSquare, otherSquare) = (squares(ownSums, less: nil), squares(otherSums, less: nil))
    guard photos > 1 else { return (ownSquare.squareRoot(), otherSquare.squareRoot(), 0) }
    let left = own.indices.map { squares(ownSums, less: own[$0]) - squares(otherSums, less: other[$0]) }
    let mean = left.reduce(0, +) / count
    let variance = left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * (count - 1) / count
    let certainty = variance > 0 ? (ownSquare - otherSquare) / variance.squareRoot() : 0
    return (ownSquare.squareRoot(), otherSquare.squareRoot(), certainty)
  }

  /// The mean and variance of an output's sums.
  private func moments(_ output: Int, _ scaling: InputScaling) -> (mean: Double, variance: Double) {
    let terms = stem.terms
    let factors = self.factors(output, scaling)
    var variance = 0.0
    for row in 0..<terms where factors[row] != 0 {
      var sum = 0.0
      for column in 0..<terms { sum += windows.covariance[row * terms + column] * factors[column] }
      variance += sum * factors[row]
    }
    return (mean(output, factors, scaling, windows.mean), variance)
  }

  /// Weights by byte of a window, with the scaling in them.
  private func factors(_ output: Int, _ scaling: InputScaling) -> [Double] {
    var result = [Double](repeating: 0, count: stem.terms)
    for term in 0..<stem.terms {
      result[scaling.byte[term]] = Double(stem.weights[output * stem.terms + term]) * scaling.factor[term % 3]
    }
    return result
  }

  private func mean(_ output: Int, _ factors: [Double], _ scaling: InputScaling, _ bytes: [Double]) -> Double
  {
    var sum = Double(stem.bias[output])
    for term in 0..<stem.terms {
      sum += Double(stem.weights[output * stem.terms + term]) * scaling.offset[term % 3]
      sum += factors[term] * bytes[term]
    }
    return sum
  }

  /// By photo and live output, in deviations of training.
  private func deviations(_ scaling: InputScaling) -> [[Double]] {
    let factors = live.map { self.factors($0, scaling) }
    return windows.photoMeans.map { bytes in
      live.indices.map { index in
        let output = live[index]
        let distance =
          mean(output, factors[index], scaling, bytes) - Double(stem.statistics.mean[output])
        return distance / Double(stem.statistics.variance[output]).squareRoot()
      }
    }
  }

  /// What one unit more in every channel does to each live output.
  private func brightness(_ scaling: InputScaling) -> [Double] {
    live.map { output in
      let sum = factors(output, scaling).reduce(0, +)
      return sum / Double(stem.statistics.variance[output]).squareRoot()
    }
  }

  private static func correlation(_ pairs: [(Double, Double)]) -> Double {
    let count = Double(max(pairs.count, 1))
    let means = (pairs.reduce(0) { $0 + $1.0 } / count, pairs.reduce(0) { $0 + $1.1 } / count)
    var (squares, others, products) = (0.0, 0.0, 0.0)
    for pair in pairs {
      let (x, y) = (pair.0 - means.0, pair.1 - means.1)
      squares += x * x
      others += y * y
      products += x * y
    }
    return squares > 0 && others > 0 ? products / (squares * others).squareRoot() : 0
  }

  private static func sums(_ rows: [[Double]]) -> [Double] {
    rows.dropFirst().reduce(rows.first ?? []) { sums, row in zip(sums, row).map { $0 + $1 } }
  }

  private static func meanSquare(_ values: [Double], without direction: [Double]) -> Double {
    let length = direction.reduce(0) { $0 + $1 * $1 }
    let along = zip(values, direction).reduce(0) { $0 + $1.0 * $1.1 }
    let share = length > 0 ? along / length : 0
    let squares = zip(values, direction).reduce(0) { sum, pair in
      let rest = pair.0 - share * pair.1
      return sum + rest * rest
    }
    return squares / Double(max(values.count, 1))
  }

  private static let ln2 = 0.6931471805599453
}

/// y = factor[c] · byte + offset[c] of the network's channel c, and the byte of a window that each weight is for.
private struct InputScaling {
  let factor: [Double]
  let offset: [Double]
  let byte: [Int]

  init(_ recipe: Recipe, terms: Int) {
    factor = recipe.deviation.map { 1 / (Double(recipe.scale) * Double($0)) }
    offset = zip(recipe.mean, recipe.deviation).map { -Double($0) / Double($1) }
    let isSwapped = recipe.channelOrder == .bgr
    byte = (0..<terms).map { isSwapped ? $0 - $0 % 3 + 2 - $0 % 3 : $0 }
  }
}

extension Recipe {
  /// The same numbers for the network's channels, which then read the bytes in the other order.
  var withOtherOrder: Recipe {
    var result = self
    result.channelOrder = channelOrder == .rgb ? .bgr : .rgb
    return result
  }
}
