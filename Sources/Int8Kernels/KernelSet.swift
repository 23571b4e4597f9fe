/// A set of micro-kernels for one instruction set. The raw value is its name everywhere: `--kernels`, file names, tests,
/// benchmark rows.
public enum KernelSet: String, CaseIterable, Sendable {
  case scalar, avx2, avxvnni, avx512vnni, neon, neondot, neoni8mm
}
