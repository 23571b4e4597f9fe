import CFloatKernels
import Quant

/// How far one photo's Int8 map is from the float one.
package struct MapDifference: Hashable, Sendable {
  /// Of each channel, the mean over the map of Int8 − float, in real units.
  package private(set) var channelMeans: [Double]
  /// Σ (Int8 − float)² and Σ float² over the map.
  package private(set) var error = 0.0
  package private(set) var energy = 0.0
  /// The same of the channels' means: what is left after pooling.
  package private(set) var meanError = 0.0
  package private(set) var meanEnergy = 0.0

  package init(
    _ exact: UnsafePointer<Float>, _ elements: UnsafePointer<Int8>, _ quantization: ChannelQuantization,
    pixels: Int, kernels: FloatKernelSet = .best
  ) {
    let channels = quantization.channels
    // Per channel: Σ difference, Σ difference², Σ float, Σ float².
    var sums = [Double](repeating: 0, count: 4 * channels)
    let zeroPoints = quantization.zeroPoints.map { Float($0) }
    quantization.scales.withUnsafeBufferPointer { scales in
      zeroPoints.withUnsafeBufferPointer { zeroPoints in
        guard let scales = scales.baseAddress, let zeroPoints = zeroPoints.baseAddress else { return }
        var maps = fk_map_pair(
          exact: exact, elements: elements, scales: scales, zeroPoints: zeroPoints, pixels: pixels,
          channels: channels)
        kernels.pointer.pointee.addDifferences(&maps, &sums)
      }
    }
    channelMeans = (0..<channels).map { sums[$0] / Double(pixels) }
    for channel in 0..<channels {
      error += sums[channels + channel]
      energy += sums[3 * channels + channel]
      let mean = sums[2 * channels + channel] / Double(pixels)
      meanError += channelMeans[channel] * channelMeans[channel]
      meanEnergy += mean * mean
    }
  }
}

/// How far a layer's results are from the float network's over some photos, for deciding between two of its forms.
struct LayerError: Sendable {
  let mean: Double
  /// The mean of the worst quarter of the photos.
  let worst: Double

  /// Every photo counts alike: its error is relative to its energy, over the map and over the channels' means, which
  /// pooling leaves.
  init(_ photos: [MapDifference]) {
    var (maps, means) = (PhotoErrors(), PhotoErrors())
    for photo in photos {
      maps.append(error: photo.error, energy: photo.energy)
      means.append(error: photo.meanError, energy: photo.meanEnergy)
    }
    let errors = zip(maps.relative, means.relative).map { $0 + $1 }
    mean = errors.mean
    worst = errors.meanOfLargestQuarter
  }

  /// Whether the mean or the worst photos lose more by it than by chance: a form that is better for the network may be a
  /// little worse for a layer.
  func isWorse(than other: LayerError) -> Bool { mean > 1.05 * other.mean || worst > 1.1 * other.worst }
}
