import Quant

extension FloatParameters {
  /// - Throws: `InputError` without a subject when a count is not what `operation` asks for, or a value is not finite.
  func check(fits operation: Operation, inputShapes: [Shape]) throws {
    switch operation {
    case .convolution(let convolution):
      try expect(weights.count, convolution.weightCount, "weights")
      try expectBias(convolution.outputChannels)
    case .dense(let dense):
      let (count, overflow) = dense.inputs.multipliedReportingOverflow(by: dense.outputs)
      guard !overflow else { throw InputError(.tooLarge, "", "its weights do not fit in memory") }
      try expect(weights.count, count, "weights")
      try expectBias(dense.outputs)
    case .batchNormalization:
      try normalization?.check(channels: inputShapes[0].channels)
    default: break
    }
    guard (weights + bias + slopes).allSatisfy(\.isFinite) else {
      throw InputError(.malformed, "", "a parameter is NaN or infinite", remedy: "the weights are damaged")
    }
  }

  private func expectBias(_ count: Int) throws {
    if !bias.isEmpty { try expect(bias.count, count, "biases") }
  }

  private func expect(_ count: Int, _ expected: Int, _ what: String) throws {
    guard count == expected else {
      throw InputError(.mismatch, "", "it has \(count) \(what), not \(expected)")
    }
  }
}

extension BatchStatistics {
  /// - Throws: `InputError` without a subject when a count is not `channels`, a value is not finite, or a variance is
  ///   negative.
  func check(channels: Int) throws {
    for values in [mean, variance, gamma, beta] {
      guard values.count == channels else {
        throw InputError(.mismatch, "", "it has \(values.count) statistics for \(channels) channels")
      }
      guard values.allSatisfy(\.isFinite) else {
        throw InputError(.malformed, "", "a statistic is NaN or infinite", remedy: "the weights are damaged")
      }
    }
    guard variance.allSatisfy({ $0 >= 0 }) else { throw InputError(.malformed, "", "a variance is negative") }
  }
}
