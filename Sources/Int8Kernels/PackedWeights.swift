/// Weights and biases as one micro-kernel reads them.
///
/// A panel holds Int32 bias[nr], then weights [taps][⌈depth / kr⌉][nr][kr] of the kernel's weight type, zero
/// where there is no weight; panels begin on 64-byte boundaries.
package final class PackedWeights: Sendable {
  package let layout: PanelLayout
  package let panelByteCount: Int
  private let bytes: AlignedArray<UInt8>

  /// - Parameters:
  ///   - weights: `[output][taps][depth]`, −127…127.
  ///   - bias: one an output channel, zero points folded in.
  package init(
    weights: [Int8], bias: [Int32], taps: Int, depth: Int, layout: PanelLayout, kernel: MicroKernel
  ) {
    precondition(weights.count == bias.count * taps * depth)
    let (nr, kr) = (kernel.nr, kernel.kr)
    let groupsOfK = depth.dividedRoundingUp(by: kr)
    let weightCount = taps * groupsOfK * nr * kr
    let panelByteCount = (4 * nr + weightCount * kernel.weightByteCount).roundedUp(toMultipleOf: 64)
    bytes = AlignedArray(count: layout.panelCount * panelByteCount) { memory in
      for panel in 0..<layout.panelCount {
        let start = UnsafeMutableRawPointer(memory + panel * panelByteCount)
        for (lane, output) in layout.channels(of: panel).enumerated() {
          var sum: Int32 = 0
          for tap in 0..<taps {
            for k in 0..<depth {
              let index = ((tap * groupsOfK + k / kr) * nr + lane) * kr + k % kr
              let weight = weights[(output * taps + tap) * depth + k]
              sum &+= Int32(weight)
              let place = start + 4 * nr + index * kernel.weightByteCount
              if kernel.weightByteCount == 2 {
                place.storeBytes(of: Int16(weight), as: Int16.self)
              } else {
                place.storeBytes(of: weight, as: Int8.self)
              }
            }
          }
          let folded = bias[output] &- sum &* kernel.rowOffset
          start.storeBytes(of: folded, toByteOffset: 4 * lane, as: Int32.self)
        }
      }
    }
    self.layout = layout
    self.panelByteCount = panelByteCount
  }

  package func panel(_ index: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(bytes.base + index * panelByteCount)
  }
}

extension ConvolutionParameters {
  /// `bias[o] − Σ weights[o, …, c] · inputZeroPoints[c]`, modulo 2³²: with it a kernel sums products of plain
  /// q.
  func foldedBias(_ geometry: ConvolutionGeometry) -> [Int32] {
    let inputsPerGroup = geometry.inputChannels / geometry.groups
    let outputsPerGroup = geometry.outputChannels / geometry.groups
    let products = geometry.kernelHeight * geometry.kernelWidth * inputsPerGroup
    return bias.enumerated().map { output, bias in
      let firstInput = output / outputsPerGroup * inputsPerGroup
      var sum: Int32 = 0
      for k in 0..<products {
        let zeroPoint = Int32(inputZeroPoints[firstInput + k % inputsPerGroup])
        sum &+= Int32(weights[output * products + k]) &* zeroPoint
      }
      return bias &- sum
    }
  }
}
