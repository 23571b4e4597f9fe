/// A set of micro-kernels for one instruction set. The raw value is its name everywhere: `--kernels`, file
/// names, tests, benchmark rows.
///
/// All sets give the same bytes. Where a set has no kernel of its own for an operation, a plainer set's
/// serves.
public enum KernelSet: String, CaseIterable, Sendable {
  case scalar, avx2, avxvnni, avx512vnni, neon, neondot, neoni8mm

  /// The sets that have kernels in this build and whose instructions this CPU executes; the best comes last.
  public static let available: [KernelSet] = allCases.filter(\.isAvailable)

  /// The set that is used unless another is asked for.
  public static var best: KernelSet { available.last ?? .scalar }

  /// Whether kernels of this set exist for this architecture.
  public var isBuilt: Bool { MicroKernel.all.contains { $0.set == self } }

  public var isAvailable: Bool { isBuilt && CPUFeatures.support(self) }

  /// The set called `name`, if it can run here.
  ///
  /// - Throws: `KernelSetError`, which names the sets that can.
  public static func named(_ name: String) throws(KernelSetError) -> KernelSet {
    guard let set = KernelSet(rawValue: name) else { throw KernelSetError(name: name, reason: .unknown) }
    guard CPUFeatures.support(set) else { throw KernelSetError(name: name, reason: .notExecutable) }
    guard set.isBuilt else { throw KernelSetError(name: name, reason: .notBuilt) }
    return set
  }

  /// The sets whose kernels may serve where this one has none, the nearest first; it begins with the set
  /// itself.
  package var withFallbacks: [KernelSet] {
    switch self {
    case .scalar: [.scalar]
    case .avx2: [.avx2, .scalar]
    case .avxvnni: [.avxvnni, .avx2, .scalar]
    case .avx512vnni: [.avx512vnni, .avx2, .scalar]
    case .neon: [.neon, .scalar]
    case .neondot: [.neondot, .neon, .scalar]
    case .neoni8mm: [.neoni8mm, .neondot, .neon, .scalar]
    }
  }
}

/// A kernel set was asked for that cannot run here.
public struct KernelSetError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    case unknown
    /// This CPU lacks the instructions.
    case notExecutable
    /// The CPU has the instructions, this build has no kernels for them yet.
    case notBuilt
  }

  public var name: String
  public var reason: Reason

  public var description: String {
    let here = KernelSet.available.map(\.rawValue).joined(separator: ", ")
    switch reason {
    case .unknown: return "no kernel set has this name; this CPU runs \(here)"
    case .notExecutable: return "the kernel set \(name) needs instructions this CPU lacks; it runs \(here)"
    case .notBuilt: return "the kernel set \(name) is not built yet; this CPU runs \(here)"
    }
  }
}
