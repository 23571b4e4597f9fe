import CInt8Kernels

/// The rounding and subnormal modes of the calling thread.
///
/// A host may have changed them (flush-to-zero is common in audio and game code); results depend on them.
package enum FloatingPointEnvironment {
  /// Round to nearest even, subnormals kept, from here on: for threads that the engine owns.
  package static func setDefault() { _ = i8k_set_default_floating_point() }

  /// Runs `body` in the default environment, then restores what the caller had.
  package static func withDefault<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = i8k_set_default_floating_point()
    defer { i8k_restore_floating_point(before) }
    return try body()
  }
}
