// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "edge-benchmarks",
  dependencies: [.package(name: "edge-embeddings", path: "..")],
  targets: [
    .executableTarget(
      name: "float-bench",
      dependencies: [
        .product(name: "Calibrate", package: "edge-embeddings"),
        .product(name: "Quant", package: "edge-embeddings"),
      ])
  ]
)
