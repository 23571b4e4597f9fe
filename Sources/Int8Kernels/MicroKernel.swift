import CInt8Kernels

/// An entry of the C registry: one micro-kernel with its tile and its packing.
///
/// It points into a constant table, so it may be shared freely.
package struct MicroKernel: @unchecked Sendable {
  package let entry: UnsafePointer<i8k_kernel>

  /// Every kernel of this architecture, in the registry's order.
  package static let all: [MicroKernel] = (0..<i8k_kernel_count()).compactMap { index in
    i8k_kernel_at(index).map(MicroKernel.init(entry:))
  }

  package var name: String { String(cString: entry.pointee.name) }
  package var operation: i8k_operation { entry.pointee.operation }
  package var set: KernelSet {
    KernelSet.allCases.first { $0.identifier == entry.pointee.set } ?? .scalar
  }
  package var mr: Int { Int(entry.pointee.mr) }
  package var nr: Int { Int(entry.pointee.nr) }
  package var kr: Int { Int(entry.pointee.kr) }
  /// Of a sum, and of one of its taps, from which the kernel pays.
  package var leastProducts: Int { Int(entry.pointee.leastProducts) }
  package var leastDepth: Int { Int(entry.pointee.leastDepth) }
  package var weightByteCount: Int { Int(entry.pointee.weightBytes) }
  package var rowByteCount: Int { Int(entry.pointee.rowBytes) }
  /// What `prepare` adds to every element.
  package var rowOffset: Int32 { Int32(entry.pointee.rowOffset) }

  /// The kernel of `set` for `operation`, or that of the nearest plainer set; the scalar set has all.
  ///
  /// - Parameters:
  ///   - taps: of one sum.
  ///   - depth: products a tap; some kernels pay only from a number of them on.
  package static func kernel(
    for operation: i8k_operation, in set: KernelSet, taps: Int = 1, depth: Int = Int(UInt16.max)
  ) -> MicroKernel {
    let candidates = preferred(for: operation, in: set)
    guard let kernel = candidates.first(where: { $0.pays(taps: taps, depth: depth) }) else {
      preconditionFailure("the scalar set lacks an operation")
    }
    return kernel
  }

  /// The kernels that may serve `set` for `operation`: its own, then those of plainer sets, the preferred first.
  package static func candidates(for operation: i8k_operation, in set: KernelSet) -> [MicroKernel] {
    Array(preferred(for: operation, in: set))
  }

  /// The same, looked up only as far as they are asked for: every layer asks when it is made.
  private static func preferred(
    for operation: i8k_operation, in set: KernelSet
  ) -> some Sequence<MicroKernel> {
    set.withFallbacks.lazy.flatMap { nearest in
      all.reversed().lazy.filter {
        $0.operation == operation && $0.entry.pointee.set == nearest.identifier
      }
    }
  }

  func pays(taps: Int, depth: Int) -> Bool {
    leastProducts <= taps * depth && leastDepth <= depth
  }

  /// The kernel that `set` itself has for `operation`.
  package static func ownKernel(for operation: i8k_operation, in set: KernelSet) -> MicroKernel? {
    all.last { $0.set == set && $0.operation == operation }
  }

  /// Whether rows must be prepared before the kernel reads them.
  var needsPreparedRows: Bool { rowByteCount != 1 || rowOffset != 0 }

  /// Whether rows have a second form beside the first, and weights are dealt by `i8k_pack_pairs`.
  package var readsTurnedRows: Bool { entry.pointee.prepareTurned != nil }

  /// Whether pairs of pixels are read as one row, which `join` writes.
  package var joinsRows: Bool { entry.pointee.join != nil }

  /// Bytes of the joined rows of a pixel.
  package func joinedByteCount(groups: Int, taps: Int, depth: Int) -> Int {
    joinsRows ? groups * taps * depth.roundedUp(toMultipleOf: kr) : 0
  }

  /// Joins the rows that `[block][taps][mr]` pointers lead to, and has the pointers lead to what was written.
  package func join(
    _ rows: UnsafeMutablePointer<UnsafeRawPointer>, blocks: Int, groups: Int, taps: Int, depth: Int,
    into destination: UnsafeMutableRawPointer
  ) {
    var arguments = i8k_join_arguments(
      rows: rows, blocks: blocks, taps: taps, mr: mr, groups: groups, depth: depth, destination: destination)
    entry.pointee.join?(&arguments)
  }

  /// Writes `rows` rows of `count` elements as this kernel reads them; strides in bytes.
  package func prepare(
    _ source: UnsafePointer<Int8>, stride sourceStride: Int, into destination: UnsafeMutableRawPointer,
    stride destinationStride: Int, rows: Int, count: Int
  ) {
    entry.pointee.prepare?(source, sourceStride, destination, destinationStride, rows, count)
  }
  /// The same in the second form.
  package func prepareTurned(
    _ source: UnsafePointer<Int8>, stride sourceStride: Int, into destination: UnsafeMutableRawPointer,
    stride destinationStride: Int, rows: Int, count: Int
  ) {
    entry.pointee.prepareTurned?(source, sourceStride, destination, destinationStride, rows, count)
  }
  /// Rows of a map with their padding, in the first form or in the second.
  func prepareRows(_ arguments: inout i8k_rows_arguments, isTurned: Bool) {
    guard let prepare = isTurned ? entry.pointee.prepareTurned : entry.pointee.prepare else { return }
    i8k_prepare_rows(prepare, &arguments)
  }
}
