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
    weights: Int8Weights, bias: [Int32], taps: Int, depth: Int, layout: PanelLayout, kernel: MicroKernel,
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
  let weights: Int8Weights
  let bias: [Int32]
  let taps: Int
  let depth: Int
  let layout: PanelLayout

  /// Int32 bias[nr], then weights [taps][⌈depth / kr⌉][nr][kr] of the kernel's weight type, zero where there is none.
  func grouped(for kernel: MicroKernel) -> (AlignedArray<UInt8>, [Int]) {
    let panelByteCount = i8k_grouped_panel_size(kernel.entry, taps, depth).roundedUp(
      toMultipleOf: LayerBuffers.alignment)
    let memory = PanelMemory(byteCount: layout.panelCount * panelByteCount)
    memory.populate(layout.panelCount * panelByteCount)
    for panel in 0..<layout.panelCount {
      memory.append { place in
        pack(panel) { arguments in
          i8k_pack_grouped(kernel.entry, &arguments, place)
          return i8k_grouped_panel_size(kernel.entry, taps, depth)
        }
      }
    }
    return memory.finish()
  }

  /// As Sources/CInt8Kernels/convolution/pairs.h says.
  func dealtInPairs(turnedDistance: Int32) -> (AlignedArray<UInt8>, [Int]) {
    let limit = i8k_pairs_panel_limit(taps, depth)
    let usual = (i8k_pairs_panel_size(taps, depth) * 9 / 8).roundedUp(toMultipleOf: LayerBuffers.alignment)
    let memory = PanelMemory(byteCount: (layout.panelCount - 1) * usual + limit)
    memory.populate(layout.panelCount * i8k_pairs_panel_size(taps, depth))
    for panel in 0..<layout.panelCount {
      memory.reserve(limit)
      memory.append { place in
        pack(panel) { arguments in
          arguments.turnedDistance = turnedDistance
          let size = i8k_pack_pairs(&arguments, place)
          precondition(size > 0, "out of memory")
          return size
        }
      }
    }
    return memory.finish()
  }

  /// Hands `body` the weights and biases of one panel.
  private func pack(_ panel: Int, _ body: (inout i8k_pack_arguments) -> Int) -> Int {
    let outputs = layout.channels(of: panel)
    return weights.withUnsafeBufferPointer { weights in
      bias.withUnsafeBufferPointer { bias in
        guard let firstWeight = weights.baseAddress, let firstBias = bias.baseAddress else { return 0 }
        var arguments = i8k_pack_arguments(
          weights: firstWeight + outputs.lowerBound * taps * depth, bias: firstBias + outputs.lowerBound,
          outputs: outputs.count, taps: taps, depth: depth, turnedDistance: 0)
        return body(&arguments)
      }
    }
  }
}

/// Panels one after the other, in memory that is only touched where they stand.
private final class PanelMemory {
  private var start: UnsafeMutableRawPointer
  private var capacity: Int
  private var offsets = [0]

  init(byteCount: Int) {
    capacity = byteCount.roundedUp(toMultipleOf: LayerBuffers.alignment)
    start = Self.allocate(capacity)
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: capacity + LayerBuffers.slackByteCount, alignment: LayerBuffers.alignment)
  }

  private var used: Int { offsets[offsets.count - 1] }

  /// Has the first `count` bytes brought into memory at once, which takes less time than page by page.
  func populate(_ count: Int) { i8k_populate(start, count) }

  /// Makes room for `count` more bytes.
  func reserve(_ count: Int) {
    let needed = (used + count).roundedUp(toMultipleOf: LayerBuffers.alignment)
    guard needed > capacity else { return }
    let larger = Self.allocate(needed + capacity / 2)
    larger.copyMemory(from: start, byteCount: used)
    start.deallocate()
    (start, capacity) = (larger, needed + capacity / 2)
  }

  /// Adds the panel that `write` puts at its argument and returns the size of; there must be room for it.
  func append(_ write: (UnsafeMutableRawPointer) -> Int) {
    let end = used + write(start + used)
    let next = end.roundedUp(toMultipleOf: LayerBuffers.alignment)
    (start + end).initializeMemory(as: UInt8.self, repeating: 0, count: next - end)
    offsets.append(next)
  }

  /// The panels and their offsets, the end of the last among them. This object must not be used any more.
  func finish() -> (AlignedArray<UInt8>, [Int]) {
    let bytes = start.bindMemory(to: UInt8.self, capacity: used)
    return (AlignedArray(adopting: bytes, count: used), offsets)
  }
}

extension ConvolutionParameters {
  /// |bias[o]| + 255 · Σ |weights[o]|: no sum of channel o is larger.
  package var largestSums: [Double] {
    let products = bias.isEmpty ? 0 : weights.count / bias.count
    return bias.indices.map { output in
      let magnitude = weights.magnitude(of: output * products..<(output + 1) * products)
      return abs(Double(bias[output])) + 255 * Double(magnitude)
    }
  }

  /// `bias[o] − Σ weights[o, …, c] · inputZeroPoints[c]`, modulo 2³²: with it a kernel sums products of plain
  /// q.
  func foldedBias(_ geometry: ConvolutionGeometry) -> [Int32] {
    precondition(fit(geometry))
    let inputsPerGroup = geometry.inputChannels / geometry.groups
    let outputsPerGroup = geometry.outputChannels / geometry.groups
    let taps = geometry.kernelHeight * geometry.kernelWidth
    return weights.withUnsafeBufferPointer { weights in
      inputZeroPoints.withUnsafeBufferPointer { zeroPoints in
        guard let weights = weights.baseAddress, let zeroPoints = zeroPoints.baseAddress else { return bias }
        return bias.enumerated().map { output, bias in
          bias
            &- i8k_weighted_sum(
              weights + output * taps * inputsPerGroup,
              zeroPoints + output / outputsPerGroup * inputsPerGroup, taps, inputsPerGroup)
        }
      }
    }
  }
}
