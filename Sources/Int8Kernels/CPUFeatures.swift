import CInt8Kernels

/// What the CPU this process runs on can execute, as far as kernels are concerned.
package enum CPUFeatures {
  /// Whether the CPU and the operating system support the instructions of `set`.
  package static func support(_ set: KernelSet) -> Bool { i8k_cpu_supports(set.identifier) }
}

extension KernelSet {
  package var identifier: i8k_set {
    switch self {
    case .scalar: i8k_set_scalar
    case .avx2: i8k_set_avx2
    case .avxvnni: i8k_set_avxvnni
    case .avx512vnni: i8k_set_avx512vnni
    case .neon: i8k_set_neon
    case .neondot: i8k_set_neondot
    case .neoni8mm: i8k_set_neoni8mm
    }
  }
}
