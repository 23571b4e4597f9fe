import CFloatKernels
import Quant

/// One instruction set's kernels of the float reference. All sets give the same bits.
public struct FloatKernelSet: @unchecked Sendable, CustomStringConvertible {
  // Points to a constant of the C target.
  let kernels: UnsafePointer<fk_kernel_set>

  /// Those that this CPU runs: `scalar` first, the fastest last.
  public static let available: [FloatKernelSet] = {
    var sets: [FloatKernelSet] = []
    var index = 0
    while let kernels = fk_kernel_set_at(index) {
      if kernels.pointee.isSupported() { sets.append(FloatKernelSet(kernels: kernels)) }
      index += 1
    }
    return sets
  }()

  public static let best = available[available.count - 1]

  public var description: String { String(cString: kernels.pointee.name) }
}
