import Int8Kernels

#if canImport(Glibc)
  import Glibc
#endif

extension KernelSet {
  /// The sets whose kernels tests compare with the definitions: all that this CPU runs, or those of them that
  /// EDGE_KERNEL_SETS in the environment names, separated by spaces (an emulator has time for few).
  ///
  /// A name that cannot run here ends the test program: nothing may pass for tested that was not.
  public static let tested: [KernelSet] = {
    guard let names = getenv("EDGE_KERNEL_SETS") else { return available }
    return String(cString: names).split(separator: " ").map { name in
      guard let set = try? named(String(name)) else {
        preconditionFailure("EDGE_KERNEL_SETS: no \(name) here")
      }
      return set
    }
  }()
}
