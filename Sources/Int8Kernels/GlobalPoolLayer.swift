import CInt8Kernels

/// What a global pooling computes of all pixels of a channel; numerics.md "Vectors", "The other operators".
package enum GlobalPoolKind: Hashable, Sendable {
  /// `x[c] = f32(Σ(q − z[c])) · f32(s[c] / n)`
  case average
  /// `x[c] = s[c] · f32(max q − z[c])`
  case maximum
  /// `(Σ max(x, 0)ᵖ / n)^(1/p)` with `x = s[c] · f32(q − z[c])`; p is 2, 3 or 4.
  case generalizedMean(power: Int)
}

/// A map to a Float vector of its channels.
///
/// inputs: the map. output: a vector. A tile is 64 channels.
package final class GlobalPoolLayer: LayerKernel {
  private static let channelsPerTile = 64
  private let extent: MapExtent
  private let kind: GlobalPoolKind
  private let kernel: MicroKernel
  private let scales: [Float]
  private let zeroPoints: [Int8]
  /// `f32(s[c] / n)`, the quotient in Double.
  private let meanScales: [Float]

  package init(
    extent: MapExtent, kind: GlobalPoolKind, scales: [Float], zeroPoints: [Int8], kernels: KernelSet,
    kernel: MicroKernel? = nil
  ) {
    precondition(scales.count == extent.channels && zeroPoints.count == extent.channels)
    if case .generalizedMean(let power) = kind { precondition((2...4).contains(power)) }
    self.extent = extent
    self.kind = kind
    self.kernel = kernel ?? .kernel(for: i8k_operation_sum, in: kernels)
    self.scales = scales
    self.zeroPoints = zeroPoints
    meanScales = scales.map { Float(Double($0) / Double(extent.pixels)) }
  }

  package var kernelName: String { kind == .average ? kernel.name : "global_pool" }
  package func kernelReason(in kernels: KernelSet) -> String {
    kind == .average ? kernel.reason(in: kernels) : ""
  }
  package var tileCount: Int { extent.channels.dividedRoundingUp(by: Self.channelsPerTile) }
  package var scratchByteCount: Int { Self.channelsPerTile * 4 }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let first = tile * Self.channelsPerTile
    let channels = first..<min(extent.channels, first + Self.channelsPerTile)
    switch kind {
    case .average: average(channels, buffers)
    case .maximum: maximum(channels, buffers)
    case .generalizedMean(let power): generalizedMean(channels, power: power, buffers)
    }
  }

  private func average(_ channels: Range<Int>, _ buffers: LayerBuffers) {
    let sums = buffers.scratch.assumingMemoryBound(to: Int32.self)
    var arguments = i8k_sum_arguments(
      input: buffers.map(0) + channels.lowerBound, pixels: extent.pixels, strideBytes: extent.channels,
      channels: channels.count, sums: sums)
    kernel.entry.pointee.run.sum(&arguments)
    for channel in channels {
      let centred = sums[channel - channels.lowerBound] &- Int32(extent.pixels) &* Int32(zeroPoints[channel])
      buffers.outputVector[channel] = Float(centred) * meanScales[channel]
    }
  }

  private func maximum(_ channels: Range<Int>, _ buffers: LayerBuffers) {
    let map = buffers.map(0)
    for channel in channels {
      var largest = Int8.min
      for pixel in 0..<extent.pixels { largest = max(largest, map[pixel * extent.channels + channel]) }
      buffers.outputVector[channel] = scales[channel] * Float(Int(largest) - Int(zeroPoints[channel]))
    }
  }

  private func generalizedMean(_ channels: Range<Int>, power: Int, _ buffers: LayerBuffers) {
    let map = buffers.map(0)
    for channel in channels {
      var sum: Float = 0
      for pixel in 0..<extent.pixels {
        let q = Int(map[pixel * extent.channels + channel])
        let x = max(scales[channel] * Float(q - Int(zeroPoints[channel])), 0)
        let square = x * x
        sum += power == 2 ? square : power == 3 ? square * x : square * square
      }
      let mean = sum / Float(extent.pixels)
      switch power {
      case 2: buffers.outputVector[channel] = mean.squareRoot()
      case 3: buffers.outputVector[channel] = cubeRoot(mean)
      default: buffers.outputVector[channel] = mean.squareRoot().squareRoot()
      }
    }
  }
}

/// ∛x for x ≥ 0, an infinity's or a NaN's being itself, by five Newton steps in Double, `y ← (2y + x / y²) / 3`, from a guess that divides the
/// exponent by three (5 % off: four steps suffice), rounded once to Float.
package func cubeRoot(_ x: Float) -> Float {
  guard x > 0, x.isFinite else { return x }
  let value = Double(x)
  var y = Double(bitPattern: value.bitPattern / 3 + 0x2A9F_7893_0000_0000)
  for _ in 0..<5 { y = (2 * y + value / (y * y)) / 3 }
  return Float(y)
}
