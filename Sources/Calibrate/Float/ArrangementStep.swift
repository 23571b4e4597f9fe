import Quant

/// Channels of several maps beside each other, or vectors one after the other.
struct ConcatenateStep: FloatStep {
  let channels: [Int]
  let pixels: Int

  init(inputShapes: [Shape]) {
    channels = inputShapes.map(\.channels)
    pixels = (inputShapes.first.map { $0.elementCount / $0.channels }) ?? 0
  }

  func run(tile: Int, _ buffers: FloatBuffers) {
    let total = channels.reduce(0, +)
    var first = 0
    for (index, count) in channels.enumerated() {
      for pixel in 0..<pixels {
        (buffers.output + pixel * total + first).update(
          from: buffers.inputs[index] + pixel * count, count: count)
      }
      first += count
    }
  }
}

/// A map inside a border of zeros.
struct PadStep: FloatStep {
  let padding: Padding
  let input: Shape
  let output: Shape

  func run(tile: Int, _ buffers: FloatBuffers) {
    buffers.output.update(repeating: 0, count: output.elementCount)
    let row = input.width * input.channels
    for y in 0..<input.height {
      let target = ((y + padding.top) * output.width + padding.left) * output.channels
      (buffers.output + target).update(from: buffers.inputs[0] + y * row, count: row)
    }
  }
}
