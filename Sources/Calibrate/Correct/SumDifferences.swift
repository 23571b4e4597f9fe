import Quant

/// How far the mean of a convolution's sums is from the float network's, photo by photo, each network on its own input:
/// what rounding the weights does and what all layers before have left.
struct SumDifferences: Sendable {
  /// One a photo.
  let exact: [WindowSums]
  let quantized: [WindowSums]
  let windows: Windows
  let problem: ScaledConvolution

  /// - Returns: `[photo][output]`, in real units.
  func differences(_ rounded: RoundedWeights, photos: [Int], pool: WorkerPool) -> [[Double]] {
    pool.mapInParallel(photos.count) { index in differences(rounded, photo: photos[index]) }
  }

  private func differences(_ rounded: RoundedWeights, photo: Int) -> [Double] {
    let convolution = problem.convolution
    let perGroup = convolution.inputChannelsPerGroup
    let exact = exact[photo].sums
    let quantized = quantized[photo].sums
    return (0..<convolution.outputChannels).map { output in
      let first = problem.firstInput(of: output)
      let start = output * problem.products
      let scale = Double(rounded.scales[output])
      var sum = 0.0
      for tap in 0..<windows.taps {
        for channel in 0..<perGroup {
          let weight = start + tap * perGroup + channel
          let place = tap * convolution.inputChannels + first + channel
          sum +=
            Double(rounded.elements[weight]) * scale * quantized[place]
            - problem.weights[weight] * exact[place]
        }
      }
      return sum / Double(windows.count)
    }
  }
}
