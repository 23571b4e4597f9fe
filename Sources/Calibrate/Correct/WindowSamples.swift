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
    func photo(_ index: Int) {
      var generator = SplitMix64(seed: UInt64(variant) << 32 | UInt64(photos[index]))
      let offset = Int(generator.next() % UInt64(windows.count))
      for place in 0..<perPhoto {
        let window = (place * windows.count + offset) / perPhoto % windows.count
        write(
          window, of: input.elements(photos[index]), channels: channels, to: rows,
          sample: index * perPhoto + place)
      }
    }
    pool.parallelFor(photos.count, photo)
    return rows
  }

  private func write(
    _ window: Int, of map: UnsafePointer<Int8>, channels: Range<Int>, to rows: SampleRows, sample: Int
  ) {
    let convolution = windows.convolution
    let perGroup = convolution.inputChannelsPerGroup
    let (y, x) = window.quotientAndRemainder(dividingBy: windows.output.width)
    for ky in 0..<convolution.kernel.height {
      for kx in 0..<convolution.kernel.width {
        let tap = ky * convolution.kernel.width + kx
        // Rows are zero from the start: so is padding.
        guard let pixel = windows.pixel(y: y, x: x, ky: ky, kx: kx) else { continue }
        let source = map + pixel * convolution.inputChannels
        for channel in channels {
          let (group, within) = (channel - channels.lowerBound).quotientAndRemainder(dividingBy: perGroup)
          rows.row((group * windows.taps + tap) * perGroup + within)[sample] =
            Int16(source[channel]) - Int16(zeroPoints[channel])
        }
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
    memory = AlignedMemory(byteCount: inputs * strideElements * MemoryLayout<Int16>.stride)
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
