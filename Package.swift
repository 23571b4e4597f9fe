// swift-tools-version: 6.0
import PackageDescription

// Dependencies point one way only; Docs/architecture.md draws them.
let package = Package(
  name: "edge-embeddings",
  products: [
    .executable(name: "edge", targets: ["EdgeCLI"]),
    .library(name: "Quant", targets: ["Quant"]),
    .library(name: "ImagePrepare", targets: ["ImagePrepare"]),
    .library(name: "ImageDecode", targets: ["ImageDecode"]),
    .library(name: "Calibrate", targets: ["Calibrate"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.3.0")
  ],
  targets: [
    // The engine a board runs: the Swift standard library and libc alone.
    .target(name: "CInt8Kernels"),
    .target(name: "Int8Kernels", dependencies: ["CInt8Kernels"]),
    .target(name: "Quant", dependencies: ["Int8Kernels"]),

    // From weights to a model: importers, the float reference, calibration, drift.
    // Scalar fused multiply-add on x86-64 is the C library's fmaf.
    .target(name: "CFloatKernels", linkerSettings: [.linkedLibrary("m")]),
    .target(name: "Calibrate", dependencies: ["Quant", "Int8Kernels", "CFloatKernels"]),

    // From a file to pixels, and from pixels to the network's input.
    .target(name: "ImagePrepare", dependencies: ["CInt8Kernels", "Int8Kernels", "Quant"]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png16")]),
    .target(name: "ImageDecode", dependencies: ["ImagePrepare", "CTurboJPEG", "CPNG"]),

    // Models that are part of the program; their files are read by the assembler.
    .target(name: "CBuiltInModels", exclude: ["Default", "include/tiny.edge.safetensors"]),

    // What the command line does, without its arguments: photo lists, embedding files, search, tables.
    .target(
      name: "EdgeTool",
      dependencies: ["CBuiltInModels", "Calibrate", "ImageDecode", "ImagePrepare", "Int8Kernels", "Quant"]),
    .executableTarget(
      name: "EdgeCLI",
      dependencies: [
        "EdgeTool",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Every kernel on layers of real networks; Docs/benchmarks.md, "Kernels".
    .target(name: "CPeak", dependencies: ["CInt8Kernels"], path: "Benchmarks/Sources/CPeak"),
    .executableTarget(
      name: "kernel-bench",
      dependencies: [
        "CInt8Kernels", "CPeak", "EdgeTool", "Int8Kernels", "Quant",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/Sources/kernel-bench"),

    .target(name: "TestSupport", dependencies: ["Int8Kernels", "Quant"], path: "Tests/TestSupport"),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .testTarget(name: "QuantTests", dependencies: ["Quant", "TestSupport"]),
    .testTarget(
      name: "Int8KernelsTests", dependencies: ["Int8Kernels", "CInt8Kernels", "TestSupport"]),
    .testTarget(
      name: "CalibrateTests",
      dependencies: [
        "AllocationCounter", "Calibrate", "CFloatKernels", "EdgeTool", "Int8Kernels", "TestSupport",
      ]),
    .testTarget(name: "ImagePrepareTests", dependencies: ["ImagePrepare", "TestSupport"]),
    .testTarget(name: "ImageDecodeTests", dependencies: ["ImageDecode", "TestSupport"]),
    .testTarget(
      name: "EdgeToolTests", dependencies: ["EdgeTool", "ImageDecode", "ImagePrepare", "TestSupport"]),
    .testTarget(name: "EdgeCLITests", dependencies: ["EdgeCLI", "EdgeTool", "TestSupport"]),
  ]
)
