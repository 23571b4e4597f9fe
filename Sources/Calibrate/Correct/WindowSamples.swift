import Int8Kernels
import Quant

/// Windows of a convolution's Int8 input, sampled over the photos.
struct WindowSamples: Sendable {
  let windows: Windows
  let zeroPoints: [Int8]
  let photos: [Int]
  /// Windows of each photo.
  let perPhoto: Int
  private let variant: Int

  /// Several samples an input, where maps have as many windows, and within what a few seconds allow.
  ///
  /// - Parameter variant: which of many equally good samples.
  init(_ windows: Windows, zeroPoints: [Int8], photos: [Int], variant: Int) {
    self.windows = windows
    self.zeroPoints = zeroPoints
    self.photos = photos
    let wanted = min(max(8192, 6 * windows.convolution.products), 16_384)
    perPhoto = max(1, min(windows.count, wanted.dividedRoundingUp(by: photos.count)))
    self.variant = variant
  }

  var count: Int { photos.count * perPhoto }

  /// q − zero point of the windows' elements in `channels`, whole groups: `[group][tap][channel of the group][sample]`.
  ///
  /// Samples stand photo after photo, spread evenly over each map from a place that the photo's number and the variant decide.
  func gather(_ input: PhotoValues, channels: Range<Int>, pool: WorkerPool?) -> SampleRows {
    let rows = SampleRows(inputs: windows.taps * channels.count, samples: count)
    pool.parallelFor(photos.count) { index in
      let windows = windowsOfPhoto(index)
      let map = input.elements(photos[index])
      for tap in 0..<self.windows.taps {
        let pixels = windows.map { self.windows.pixel(tap: tap, ofWindow: $0) }
        // So many rows at a time that they stay in the first cache while the photo's samples are written.
        for first in stride(from: channels.lowerBound, to: channels.upperBound, by: Self.channelsAtOnce) {
          let some = first..<min(first + Self.channelsAtOnce, channels.upperBound)
          write(pixels, of: map, tap: tap, channels: some, first: channels.lowerBound, to: rows, index)
        }
      }
    }
    return rows
  }

  private static let channelsAtOnce = 32

  /// The windows that are sampled of the photo at `index`.
  private func windowsOfPhoto(_ index: Int) -> [Int] {
    var generator = SplitMix64(seed: UInt64(variant) << 32 | UInt64(photos[index]))
    let offset = Int(generator.next() % UInt64(windows.count))
    return (0..<perPhoto).map { ($0 * windows.count + offset) / perPhoto % windows.count }
  }

  /// One tap's elements of a photo's samples; `pixels` are nil in the padding, where rows stay zero.
  private func write(
    _ pixels: [Int?], of map: UnsafePointer<Int8>, tap: Int, channels: Range<Int>, first: Int,
    to rows: SampleRows, _ photo: Int
  ) {
    let perGroup = windows.convolution.inputChannelsPerGroup
    let targets = channels.map { channel in
      let (group, within) = (channel - first).quotientAndRemainder(dividingBy: perGroup)
      return rows.row((group * windows.taps + tap) * perGroup + within) + photo * perPhoto
    }
    let zeroPoints = channels.map { Int16(self.zeroPoints[$0]) }
    for (sample, pixel) in pixels.enumerated() {
      guard let pixel else { continue }
      let source = map + pixel * windows.convolution.inputChannels + channels.lowerBound
      for channel in targets.indices {
        targets[channel][sample] = Int16(source[channel]) - zeroPoints[channel]
      }
    }
  }
}

/// Samples of a convolution's inputs, input by input: `[input][sample]`, zero until they are written.
package struct SampleRows: @unchecked Sendable {
  private let memory: AlignedMemory
  private let strideElements: Int
  private var first = 0
  package let samples: Int

  package init(inputs: Int, samples: Int) {
    self.samples = samples
    // Rows that stand a power of two apart would share cache sets.
    strideElements = samples.roundedUp(toMultipleOf: 32) + 32
    memory = AlignedMemory(
      byteCount: inputs * strideElements * MemoryLayout<Int16>.stride, isLarge: true)
  }

  package func row(_ input: Int) -> UnsafeMutablePointer<Int16> {
    memory.start.assumingMemoryBound(to: Int16.self) + (first + input) * strideElements
  }

  /// The rows from `input` on.
  func from(_ input: Int) -> SampleRows {
    var result = self
    result.first += input
    return result
  }
}
