import CInt8Kernels

/// Weights and biases as one micro-kernel reads them; panels begin on 64-byte boundaries.
package final class PackedWeights: Sendable {
  package let layout: PanelLayout
  /// Where each panel begins, and the end of the last.
  private let offsets: [Int]
  private let bytes: AlignedArray<UInt8>

  /// - Parameters:
  ///   - weights: `[output][taps][depth]`, −127…127.
  ///   - bias: one an output channel, zero points folded in.
  ///   - turnedDistance: from an element of the prepared rows to its second form; 0 where there is none.
  package init(
    weights: [Int8], bias: [Int32], taps: Int, depth: Int, layout: PanelLayout, kernel: MicroKernel,
    turnedDistance: Int = 0
  ) {
    precondition(weights.count == bias.count * taps * depth)
    let source = Source(weights: weights, bias: bias, taps: taps, depth: depth, layout: layout)
    (bytes, offsets) =
      kernel.readsTurnedRows
      ? source.dealtInPairs(turnedDistance: Int32(turnedDistance)) : source.grouped(for: kernel)
    self.layout = layout
  }

  package func panel(_ index: Int) -> UnsafeRawPointer { UnsafeRawPointer(bytes.base + offsets[index]) }

  package func byteCount(ofPanel index: Int) -> Int { offsets[index + 1] - offsets[index] }
}

private struct Source {
  let weights: [Int8]
  let bias: [Int32]
  let taps: Int
  let depth: Int
  let layout: PanelLayout

  /// Int32 bias[nr], then weights [taps][⌈depth / kr⌉][nr][kr] of the kernel's weight type, zero where there is none.
  func grouped(for kernel: MicroKernel) -> (AlignedArray<UInt8>, [Int]) {
    let (nr, kr) = (kernel.nr, kernel.kr)
    let groupsOfK = depth.dividedRoundingUp(by: kr)
    let count = 4 * nr + taps * groupsOfK * nr * kr * kernel.weightByteCount
    let panelByteCount = count.roundedUp(toMultipleOf: LayerBuffers.alignment)
    let bytes = AlignedArray(count: layout.panelCount * panelByteCount) {
      (memory: UnsafeMutablePointer<UInt8>) in
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
    return (bytes, (0...layout.panelCount).map { $0 * panelByteCount })
  }

  /// As Sources/CInt8Kernels/convolution/pairs.h says.
  func dealtInPairs(turnedDistance: Int32) -> (AlignedArray<UInt8>, [Int]) {
    let limit = i8k_pairs_panel_limit(taps, depth)
    var packed: [UInt8] = []
    var offsets = [0]
    withUnsafeTemporaryAllocation(byteCount: limit, alignment: LayerBuffers.alignment) { panelBytes in
      guard let place = panelBytes.baseAddress else { return }
      for panel in 0..<layout.panelCount {
        let size = deal(panel, turnedDistance, into: place)
        precondition(size > 0, "out of memory")
        packed.append(contentsOf: UnsafeRawBufferPointer(start: place, count: size))
        packed.append(contentsOf: repeatElement(0, count: size.roundedUp(toMultipleOf: 64) - size))
        offsets.append(packed.count)
      }
    }
    return (AlignedArray(packed), offsets)
  }

  private func deal(_ panel: Int, _ turnedDistance: Int32, into place: UnsafeMutableRawPointer) -> Int {
    let outputs = layout.channels(of: panel)
    return weights.withUnsafeBufferPointer { weights in
      bias.withUnsafeBufferPointer { bias in
        guard let firstWeight = weights.baseAddress, let firstBias = bias.baseAddress else { return 0 }
        var arguments = i8k_pack_arguments(
          weights: firstWeight + outputs.lowerBound * taps * depth, bias: firstBias + outputs.lowerBound,
          outputs: outputs.count, taps: taps, depth: depth, turnedDistance: turnedDistance)
        return i8k_pack_pairs(&arguments, place)
      }
    }
  }
}

extension ConvolutionParameters {
  /// |bias[o]| + 255 · Σ |weights[o]|: no sum of channel o is larger.
  package var largestSums: [Double] {
    let products = bias.isEmpty ? 0 : weights.count / bias.count
    return bias.indices.map { output in
      let row = weights[output * products..<(output + 1) * products]
      return abs(Double(bias[output])) + 255 * Double(row.reduce(0) { $0 + abs(Int($1)) })
    }
  }

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
