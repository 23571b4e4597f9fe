import Int8Kernels
import Quant

/// A value as the engine stores it: Int8 of a map, Float of a vector, written with plain arithmetic.
struct StoredValue {
  let bytes: [UInt8]

  /// The network's input: q = byte − 128.
  init(pixels: [UInt8]) { bytes = pixels.map { $0 ^ 0x80 } }

  /// A float value rounded to the nearest that can be stored.
  init(_ exact: [Float], _ quantization: ChannelQuantization?) {
    guard let quantization else {
      bytes = exact.withUnsafeBytes { Array($0) }
      return
    }
    bytes = exact.enumerated().map { index, value in
      let channel = index % quantization.channels
      let steps = (value / quantization.scales[channel]).rounded(.toNearestOrEven)
      let element = min(max(Int(steps) + Int(quantization.zeroPoints[channel]), -128), 127)
      return UInt8(bitPattern: Int8(element))
    }
  }

  /// What node `index` of a model makes of its inputs.
  init(running index: Int, of model: QuantizedModel, _ inputs: [StoredValue]) throws {
    let layer = try LayerFactory(kernels: .scalar, workers: 1).makeLayer(index, of: model)
    let slack = LayerBuffers.slackByteCount
    let memories = inputs.map { input in
      let memory = AlignedMemory(byteCount: input.bytes.count + slack)
      input.bytes.withUnsafeBytes { source in
        guard let start = source.baseAddress else { return }
        memory.start.copyMemory(from: start, byteCount: source.count)
      }
      return memory
    }
    let output = AlignedMemory(byteCount: model.graph.shapes[index + 1].int8ByteCount + slack)
    let scratch = AlignedMemory(byteCount: layer.scratchByteCount + slack)
    let pointers = memories.map { UnsafeRawPointer($0.start) }
    pointers.withUnsafeBufferPointer { pointers in
      guard let first = pointers.baseAddress else { return }
      let buffers = LayerBuffers(inputs: first, output: output.start, scratch: scratch.start)
      for tile in 0..<layer.tileCount { layer.run(tile: tile, buffers) }
    }
    withExtendedLifetime((memories, scratch)) {}
    bytes = Array(
      UnsafeRawBufferPointer(start: output.start, count: model.graph.shapes[index + 1].int8ByteCount))
  }

  func real(_ quantization: ChannelQuantization?) -> [Double] {
    guard let quantization else {
      return bytes.withUnsafeBytes { $0.bindMemory(to: Float.self).map { Double($0) } }
    }
    return bytes.enumerated().map { index, byte in
      let channel = index % quantization.channels
      let steps = Int(Int8(bitPattern: byte)) - Int(quantization.zeroPoints[channel])
      return Double(quantization.scales[channel]) * Double(steps)
    }
  }
}
