import CInt8Kernels
import Foundation
import Int8Kernels
import TestSupport
import Testing

@Suite struct KernelSetTests {
  @Test func scalarIsAlwaysAvailableAndTheBestIsLast() {
    #expect(KernelSet.available.first == .scalar)
    #expect(KernelSet.available.last == KernelSet.best)
  }

  /// Where the CPU is known, as under emulation: else a set that is not chosen would pass for a tested one.
  @Test(.enabled(if: Self.expected != nil)) func theExpectedSetIsTheBestAndConvolves() {
    #expect(KernelSet.best.rawValue == Self.expected)
    for operation in [i8k_operation_conv_q8, i8k_operation_conv_q16] {
      #expect(MicroKernel.kernel(for: operation, in: .best).set.rawValue == Self.expected)
    }
  }

  static let expected = ProcessInfo.processInfo.environment["EDGE_EXPECT_KERNELS"]

  @Test func setsAreFoundByName() throws {
    for set in KernelSet.available { #expect(try KernelSet.named(set.rawValue) == set) }
  }

  @Test func setsThatCannotRunAreRefusedWithTheOnesThatCan() throws {
    let error = refusal("mmx")
    #expect(error?.reason == .unknown)
    #expect(error?.description.contains("scalar") == true)
    for set in KernelSet.allCases where !set.isAvailable {
      #expect(refusal(set.rawValue)?.reason == (CPUFeatures.support(set) ? .notBuilt : .notExecutable))
    }
  }

  private func refusal(_ name: String) -> KernelSetError? {
    do {
      _ = try KernelSet.named(name)
      return nil
    } catch { return error }
  }

  @Test func everyKernelIsNamedForItsSetAndTile() {
    #expect(Set(MicroKernel.all.map(\.name)).count == MicroKernel.all.count)
    for kernel in MicroKernel.all {
      #expect(kernel.name.hasPrefix("i8k_") && kernel.name.hasSuffix("__\(kernel.set.rawValue)"))
      if [i8k_operation_conv_q8, i8k_operation_conv_q16].contains(kernel.operation) {
        #expect(kernel.name.contains("_\(kernel.mr)x\(kernel.nr)c\(kernel.kr)__"))
      }
    }
  }

  @Test func theScalarSetHasEveryOperation() {
    for rawValue in i8k_operation_conv_q8.rawValue...i8k_operation_resample_columns.rawValue {
      #expect(MicroKernel.all.contains { $0.set == .scalar && $0.operation.rawValue == rawValue })
    }
  }

  @Test func aSetServesItsOwnKernelsFirst() {
    for set in KernelSet.available {
      for kernel in MicroKernel.all where kernel.set == set {
        #expect(MicroKernel.kernel(for: kernel.operation, in: set).set == set)
      }
    }
  }

  @Test func theFloatingPointEnvironmentKeepsSubnormalsAndIsGivenBack() {
    let before = i8k_set_default_floating_point()
    defer { i8k_restore_floating_point(before) }
    FloatingPointEnvironment.withDefault {
      var tiny = Float.leastNormalMagnitude
      tiny *= unhoisted(0.5)
      #expect(tiny > 0)
    }
    let after = i8k_set_default_floating_point()
    #expect(after == i8k_set_default_floating_point())
  }

  /// A value the compiler does not compute with.
  @inline(never) private func unhoisted(_ x: Float) -> Float { x }
}
