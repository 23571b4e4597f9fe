import Quant

/// The memory of one run of a `FloatInterpreter`: an arena for values, scratch for each worker.
public final class FloatSession {
  private let interpreter: FloatInterpreter
  private let arena: UnsafeMutableRawPointer
  private let scratch: UnsafeMutableRawPointer
  private let scratchStride: Int

  init(_ interpreter: FloatInterpreter) {
    self.interpreter = interpreter
    let byteCount = max(interpreter.plan.byteCount, 64)
    arena = .allocate(byteCount: byteCount, alignment: 64)
    arena.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    let largest = interpreter.layers.map(\.scratchByteCount).max() ?? 0
    scratchStride = (largest + 127) / 64 * 64
    scratch = .allocate(byteCount: scratchStride * interpreter.executor.workerCount, alignment: 64)
  }

  deinit {
    arena.deallocate()
    scratch.deallocate()
  }

  /// The values `outputs` for one input, NHWC; only what they depend on is computed.
  ///
  /// - Throws: `InputError` when the input is not of the graph's shape, a value does not exist, or, if the interpreter
  ///   checks it, an element is not finite.
  public func run(_ input: [Float], outputs: [ValueID]) throws -> [[Float]] {
    var results = [[Float]](repeating: [], count: outputs.count)
    let isNeeded = try interpreter.nodesNeeded(for: outputs)
    try input.withUnsafeBufferPointer { buffer in
      for (index, output) in outputs.enumerated() where output == 0 { results[index] = Array(buffer) }
      try run(buffer, isNeeded: isNeeded) { value, elements in
        for (index, output) in outputs.enumerated() where output == value { results[index] = Array(elements) }
      }
    }
    return results
  }

  /// Calls `body` with every node's result as soon as it is made; the elements are valid during the call.
  public func run(
    _ input: [Float], forEach body: (_ value: ValueID, _ elements: UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try input.withUnsafeBufferPointer { try run($0, forEach: body) }
  }

  public func run(
    _ input: UnsafeBufferPointer<Float>,
    forEach body: (_ value: ValueID, _ elements: UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try run(input, isNeeded: interpreter.graph.nodes.map { _ in true }, forEach: body)
  }

  private func run(
    _ input: UnsafeBufferPointer<Float>, isNeeded: [Bool],
    forEach body: (ValueID, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    let graph = interpreter.graph
    guard let base = input.baseAddress, input.count == graph.inputShape.elementCount else {
      throw InputError(
        .mismatch, "input", "it has \(input.count) elements, the graph's is \(graph.inputShape)")
    }
    if interpreter.checksFinite { try check(input, of: 0) }
    for (index, layer) in interpreter.layers.enumerated() where isNeeded[index] {
      let output = floats(at: index + 1)
      run(layer, inputs: graph.nodes[index].inputs.map { address($0, input: base) }, output: output)
      let elements = UnsafeBufferPointer(start: output, count: layer.outputShape.elementCount)
      if interpreter.checksFinite { try check(elements, of: index + 1) }
      try body(index + 1, elements)
    }
  }

  private func address(_ value: ValueID, input: UnsafePointer<Float>) -> UnsafePointer<Float> {
    value == 0 ? input : UnsafePointer(floats(at: value))
  }

  private func floats(at value: ValueID) -> UnsafeMutablePointer<Float> {
    (arena + interpreter.plan.offsets[value]).assumingMemoryBound(to: Float.self)
  }

  private func run(_ layer: FloatLayer, inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    inputs.withUnsafeBufferPointer { pointers in
      guard let first = pointers.baseAddress else { return }
      let buffers = FloatBuffers(inputs: first, output: output, scratch: scratch)
      let stride = scratchStride
      interpreter.executor.parallelFor(layer.tileCount) { tile, worker in
        var own = buffers
        own.scratch += worker * stride
        layer.run(tile: tile, own)
      }
    }
  }

  private func check(_ elements: UnsafeBufferPointer<Float>, of value: ValueID) throws {
    guard !elements.allFinite else { return }
    throw InputError(
      .malformed, interpreter.graph.name(of: value), "its result has a NaN or an infinity",
      remedy: "the weights or the preprocessing are wrong")
  }
}

/// A session for each worker of a pool; a worker uses its own only.
struct FloatSessions: @unchecked Sendable {
  private let sessions: [FloatSession]

  init(_ interpreter: FloatInterpreter, count: Int) {
    sessions = (0..<count).map { _ in interpreter.makeSession() }
  }

  subscript(worker: Int) -> FloatSession { sessions[worker] }
}

extension UnsafeBufferPointer<Float> {
  /// Whether no element is NaN or infinite: adding one to an exponent of all ones carries into the sign.
  var allFinite: Bool {
    var carried: UInt32 = 0
    for element in self { carried |= (element.bitPattern & 0x7fff_ffff) &+ 0x0080_0000 }
    return carried & 0x8000_0000 == 0
  }
}
