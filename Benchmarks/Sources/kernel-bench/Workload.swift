import CInt8Kernels
import Int8Kernels

/// One operation on one shape, for any kernel set.
struct Workload {
  var family: String
  var shape: String
  var work: Work
  /// Makes the data, and what makes the candidates of a set.
  var prepare: () -> (KernelSet) -> [Candidate]

  static var all: [Workload] {
    [convolutions, blocks, maps, vectors, strips, pictures].flatMap { $0 }
  }
}

/// What one run does.
enum Work {
  /// Products of Int8, those of the plain form.
  case int8Products(Int)
  case floatProducts(Int)
  /// Bytes read and written where there are no products worth counting.
  case bytes(Int)

  var count: Int {
    switch self {
    case .int8Products(let count), .floatProducts(let count), .bytes(let count): count
    }
  }

  var unit: String {
    if case .bytes = self { "GB/s" } else { "GMAC/s" }
  }

  /// Whether the peak is one of its operations.
  var isInt8: Bool {
    if case .int8Products = self { true } else { false }
  }
}

extension Candidate {
  /// A layer with each of `kernels`; `make` gives the engine's choice for nil.
  static func layers(
    _ kernels: [MicroKernel], inputs: [Buffer], output: Buffer, make: (MicroKernel?) -> any LayerKernel
  ) -> [Candidate] {
    let chosen = make(nil).kernelName
    return kernels.map { kernel in
      let layer = make(kernel)
      return Candidate(
        kernel: layer.kernelName, isChosen: layer.kernelName == chosen,
        run: LayerRun(layer, inputs: inputs, output: output).run)
    }
  }

  /// Each kernel of `set` for `operation`, called as it is.
  static func kernels(
    of operation: i8k_operation, in set: KernelSet, run: @escaping (MicroKernel) -> Void
  ) -> [Candidate] {
    let chosen = MicroKernel.kernel(for: operation, in: set)
    return MicroKernel.candidates(for: operation, in: set).map { kernel in
      Candidate(kernel: kernel.name, isChosen: kernel.entry == chosen.entry) { run(kernel) }
    }
  }
}

/// A layer with the memory of one worker.
final class LayerRun {
  private let layer: any LayerKernel
  private let inputs: [Buffer]
  private let output: Buffer
  private let scratch: Buffer
  private let table: Buffer

  init(_ layer: any LayerKernel, inputs: [Buffer], output: Buffer) {
    self.layer = layer
    self.inputs = inputs
    self.output = output
    scratch = Buffer(byteCount: layer.scratchByteCount)
    table = Buffer(inputs.map { UnsafeRawPointer($0.start) })
  }

  func run() {
    let buffers = LayerBuffers(
      inputs: UnsafePointer(table.start.assumingMemoryBound(to: UnsafeRawPointer.self)), output: output.start,
      scratch: scratch.start)
    for tile in 0..<layer.tileCount { layer.run(tile: tile, buffers) }
  }
}

/// Memory as kernels want it: on a boundary, with slack, zeroed.
final class Buffer {
  let start: UnsafeMutableRawPointer

  init(byteCount: Int) {
    let count = byteCount + LayerBuffers.slackByteCount
    start = .allocate(byteCount: count, alignment: LayerBuffers.alignment)
    start.initializeMemory(as: UInt8.self, repeating: 0, count: count)
  }

  convenience init<Element>(_ elements: [Element]) {
    self.init(byteCount: elements.count * MemoryLayout<Element>.stride)
    elements.withUnsafeBytes { source in
      if let first = source.baseAddress { start.copyMemory(from: first, byteCount: source.count) }
    }
  }

  func elements<Element>(_ type: Element.Type) -> UnsafeMutablePointer<Element> {
    start.assumingMemoryBound(to: type)
  }

  deinit { start.deallocate() }
}
