// swift-tools-version: 6.0
import PackageDescription

// libFuzzer targets. The libraries are built here again, through links to their sources, so that the sanitizers
// see them too; the root package stays free of unsafe flags.
// FUZZING: checksums that a changed byte would break are not compared.
let sanitized: [SwiftSetting] = [
  .unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"]), .define("FUZZING"),
]
let linked: [LinkerSetting] = [.unsafeFlags(["-sanitize=fuzzer,address"])]

func fuzzer(_ name: String) -> Target {
  .executableTarget(
    name: name, dependencies: ["Calibrate", "Quant", "FuzzDriver"], swiftSettings: sanitized,
    linkerSettings: linked)
}

let package = Package(
  name: "edge-fuzz",
  targets: [
    .target(name: "CInt8Kernels"),
    .target(name: "Int8Kernels", dependencies: ["CInt8Kernels"], swiftSettings: sanitized),
    .target(name: "Quant", dependencies: ["Int8Kernels"], swiftSettings: sanitized),
    .target(name: "CFloatKernels"),
    .target(
      name: "Calibrate", dependencies: ["Quant", "Int8Kernels", "CFloatKernels"], swiftSettings: sanitized),
    .target(name: "FuzzDriver"),
    fuzzer("FuzzTorch"), fuzzer("FuzzZip"), fuzzer("FuzzSafetensors"), fuzzer("FuzzModel"),
    fuzzer("FuzzHDF5"), fuzzer("FuzzONNX"), fuzzer("FuzzKeras"),
  ]
)
