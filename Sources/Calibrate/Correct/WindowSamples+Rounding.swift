import Int8Kernels
import Quant

extension WindowSamples {
  /// All of a convolution's weights, rounded by the second moments of its inputs.
  func round(_ problem: ScaledConvolution, _ input: PhotoValues, pool: WorkerPool) -> RoundedWeights {
    let convolution = problem.convolution
    var result = problem.nearest()
    let scales = result.scales
    // Groups of few channels are taken several at once, since their channels stand side by side.
    let groupsAtOnce = max(1, 64 / convolution.inputChannelsPerGroup)
    result.elements.withUnsafeMutableBufferPointer { elements in
      let target = SendableBuffer(elements)
      guard convolution.groups > 1 else {
        return round(0..<1, problem, input, scales: scales, to: target, pool: pool)
      }
      pool.parallelFor(convolution.groups.dividedRoundingUp(by: groupsAtOnce)) { task, _ in
        let first = task * groupsAtOnce
        round(
          first..<min(convolution.groups, first + groupsAtOnce), problem, input, scales: scales, to: target,
          pool: nil)
      }
    }
    return result
  }

  /// Outputs that are rounded at once: their sums stay in the second cache.
  private static let outputsAtOnce = 16

  private func round(
    _ groups: Range<Int>, _ problem: ScaledConvolution, _ input: PhotoValues, scales: [Float],
    to target: SendableBuffer<Int8>, pool: WorkerPool?
  ) {
    let convolution = problem.convolution
    let perGroup = convolution.inputChannelsPerGroup
    let outputs = convolution.outputChannels / convolution.groups
    let samples = gather(
      input, channels: groups.lowerBound * perGroup..<groups.upperBound * perGroup, pool: pool)
    for (place, group) in groups.enumerated() {
      let rounding = WeightRounding(
        SecondMoments(samples.from(place * problem.products), size: problem.products, pool: pool), pool: pool)
      pool.parallelFor(outputs.dividedRoundingUp(by: Self.outputsAtOnce)) { task in
        let first = group * outputs + task * Self.outputsAtOnce
        let some = first..<min(first + Self.outputsAtOnce, (group + 1) * outputs)
        let rows = rounding.round(problem.rows(some), scales: scales[some].map(Double.init))
        for (index, element) in rows.enumerated() {
          target.buffer[some.lowerBound * problem.products + index] = element
        }
      }
    }
  }
}
