import CFloatKernels
import Quant

/// One instruction set's kernels of the float reference. All sets give the same bits.
public struct FloatKernelSet: @unchecked Sendable, Hashable, CustomStringConvertible {
  // A constant table of the C target: immutable and never freed.
  let pointer: UnsafePointer<fk_kernel_set>

  public var name: String { String(cString: pointer.pointee.name) }
  public var description: String { name }

  var mr: Int { pointer.pointee.mr }
  var nr: Int { pointer.pointee.nr }

  /// Plain C, the definition of every result.
  public static let scalar = all[0]

  /// The sets of this architecture, `scalar` first, the fastest last, whether this CPU has them or not.
  public static let all: [FloatKernelSet] = {
    var sets: [FloatKernelSet] = []
    while let pointer = fk_kernel_set_at(sets.count) { sets.append(FloatKernelSet(pointer: pointer)) }
    return sets
  }()

  /// Whether this CPU has the set's instructions.
  public var isSupported: Bool { pointer.pointee.isSupported() }

  public static let supported: [FloatKernelSet] = all.filter(\.isSupported)

  /// The fastest set this CPU has.
  public static let best = supported.last ?? scalar

  /// - Throws: `InputError` when no set has this name or this CPU lacks it.
  public static func named(_ name: String) throws -> FloatKernelSet {
    guard let set = all.first(where: { $0.name == name }) else {
      throw InputError(
        .usage, name, "no float kernel set has this name",
        remedy: "there are \(all.map(\.name).joined(separator: ", "))")
    }
    guard set.isSupported else {
      throw InputError(
        .usage, name, "this CPU lacks the instructions of this kernel set",
        remedy: "it has \(supported.map(\.name).joined(separator: ", "))")
    }
    return set
  }
}

/// Runs `body` with rounding to nearest even and subnormals kept, whatever the host has set on this thread.
func withDefaultFloatingPoint<Result>(_ body: () throws -> Result) rethrows -> Result {
  let state = fk_set_floating_point()
  defer { fk_restore_floating_point(state) }
  return try body()
}
