/// One layer, packed for one CPU: immutable, shared by all workers.
///
/// A layer's work is cut into `tileCount` independent tiles. Any worker may compute any tile at any time: the
/// bytes of the result do not depend on who computed them, nor on the kernel set.
///
/// Memory: every buffer starts on a 64-byte boundary and may be *read* `LayerBuffers.slackByteCount` bytes
/// past its end; exactly the layer's own output is written.
package protocol LayerKernel: Sendable {
  /// The micro-kernels that do the work, such as `i8k_conv_q8_6x16c2__avx2`, with ` + ` between them.
  var kernelName: String { get }
  /// Why it and no other of those that `kernels` may use, in few words; empty where no micro-kernel does the work.
  func kernelReason(in kernels: KernelSet) -> String
  var tileCount: Int { get }
  /// Scratch bytes a worker must hand to `run`, aligned to 64.
  var scratchByteCount: Int { get }

  func run(tile: Int, _ buffers: LayerBuffers)
}

extension LayerKernel {
  package func kernelReason(in kernels: KernelSet) -> String { "" }

  /// All tiles on the calling thread.
  ///
  /// - Parameters: as in `LayerBuffers`.
  package func run(
    inputs: [UnsafeRawPointer], output: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    inputs.withUnsafeBufferPointer { inputs in
      guard let base = inputs.baseAddress else { return }
      let buffers = LayerBuffers(inputs: base, output: output, scratch: scratch)
      for tile in 0..<tileCount { run(tile: tile, buffers) }
    }
  }
}

/// Where one execution of a layer reads and writes.
package struct LayerBuffers {
  /// One pointer an input: `Int8` NHWC maps or `Float` vectors, in the node's order.
  package var inputs: UnsafePointer<UnsafeRawPointer>
  package var output: UnsafeMutableRawPointer
  package var scratch: UnsafeMutableRawPointer

  /// Bytes after every buffer that a kernel may read (never use).
  package static let slackByteCount = 128
  package static let alignment = 64

  package init(
    inputs: UnsafePointer<UnsafeRawPointer>, output: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    self.inputs = inputs
    self.output = output
    self.scratch = scratch
  }
}
