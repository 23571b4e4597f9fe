import CInt8Kernels
import Int8Kernels

extension Workload {
  /// Operations on maps that are no convolutions.
  static var maps: [Workload] {
    let added = [(56, 24), (56, 256), (14, 1024)].map { add(square($0, $1)) }
    let gated = [(112, 32), (28, 240), (7, 1152)].map { gate(square($0, $1)) }
    let pooled = [
      pool(112, 64, stride: 2), pool(28, 192, stride: 1), averagePool(28, 192), averagePool(14, 512),
    ]
    let summed = [(7, 1280), (7, 2048)].map { sum(square($0, $1)) }
    return [added, gated, pooled, summed].flatMap { $0 }
  }

  private static func square(_ side: Int, _ channels: Int) -> MapExtent {
    MapExtent(height: side, width: side, channels: channels)
  }

  private static func add(_ extent: MapExtent) -> Workload {
    Workload(family: "addition", shape: extent.text, work: .bytes(3 * extent.elementCount)) {
      var random = RandomNumbers()
      let inputs = [Buffer(random.map(extent.elementCount)), Buffer(random.map(extent.elementCount))]
      let output = Buffer(byteCount: extent.elementCount)
      let channels = extent.channels
      let operand = ResidualOperand(
        multipliers: random.floats(channels, in: 0.3...0.9), zeroPoints: random.zeroPoints(channels))
      let limits = ([Int8](repeating: -128, count: channels), [Int8](repeating: 127, count: channels))
      return { set in
        let kernels = MicroKernel.candidates(for: i8k_operation_add, in: set)
        return Candidate.layers(kernels, inputs: inputs, output: output) { kernel in
          AddLayer(
            extent: extent, operand, operand, zeroPoints: operand.zeroPoints, minimum: limits.0,
            maximum: limits.1, kernels: set, kernel: kernel)
        }
      }
    }
  }

  private static func gate(_ extent: MapExtent) -> Workload {
    Workload(family: "gate", shape: extent.text, work: .bytes(2 * extent.elementCount)) {
      var random = RandomNumbers()
      let channels = extent.channels
      let inputs = [
        Buffer(random.map(extent.elementCount)), Buffer(random.floats(channels, in: 0...1)),
      ]
      let output = Buffer(byteCount: extent.elementCount)
      let parameters = GateParameters(
        inputZeroPoints: random.zeroPoints(channels), outputZeroPoints: random.zeroPoints(channels),
        factors: random.floats(channels, in: 8_000...16_000), shift: 1)
      return { set in
        let kernels = MicroKernel.candidates(for: i8k_operation_gate, in: set)
        return Candidate.layers(kernels, inputs: inputs, output: output) { kernel in
          GateLayer(extent: extent, parameters: parameters, kernels: set, kernel: kernel)
        }
      }
    }
  }

  /// 3×3, padded by one.
  private static func pooling(_ side: Int, _ channels: Int, stride: Int) -> PoolingGeometry {
    let output = (side - 1) / stride + 1
    return PoolingGeometry(
      input: MapExtent(height: side, width: side, channels: channels), outputHeight: output,
      outputWidth: output, kernelHeight: 3, kernelWidth: 3, strideHeight: stride, strideWidth: stride,
      paddingTop: 1, paddingLeft: 1)
  }

  private static func pool(_ side: Int, _ channels: Int, stride: Int) -> Workload {
    let geometry = pooling(side, channels, stride: stride)
    let outputCount = geometry.outputHeight * geometry.outputWidth * channels
    return Workload(
      family: "max pool", shape: "3×3\(stride == 1 ? "" : " /\(stride)") \(geometry.input.text)",
      work: .bytes(geometry.input.elementCount + outputCount)
    ) {
      var random = RandomNumbers()
      let input = Buffer(random.map(geometry.input.elementCount))
      let output = Buffer(byteCount: outputCount)
      return { set in
        let kernels = MicroKernel.candidates(for: i8k_operation_max_pool, in: set)
        return Candidate.layers(kernels, inputs: [input], output: output) { kernel in
          MaxPoolLayer(geometry: geometry, kernels: set, kernel: kernel)
        }
      }
    }
  }

  private static func averagePool(_ side: Int, _ channels: Int) -> Workload {
    let geometry = pooling(side, channels, stride: 1)
    let extent = geometry.input
    return Workload(
      family: "average pool", shape: "3×3 \(extent.text)", work: .bytes(2 * extent.elementCount)
    ) {
      var random = RandomNumbers()
      let input = Buffer(random.map(extent.elementCount))
      let output = Buffer(byteCount: extent.elementCount)
      let (scales, zeroPoints) = (random.floats(channels, in: 0.01...0.02), random.zeroPoints(channels))
      return { set in
        let kernels = MicroKernel.candidates(for: i8k_operation_average_pool, in: set)
        return Candidate.layers(kernels, inputs: [input], output: output) { kernel in
          AveragePoolLayer(
            geometry: geometry, inputScales: scales, inputZeroPoints: zeroPoints, outputScales: scales,
            outputZeroPoints: zeroPoints, countsPadding: true, kernels: set, kernel: kernel)
        }
      }
    }
  }

  private static func sum(_ extent: MapExtent) -> Workload {
    Workload(family: "sum", shape: extent.text, work: .bytes(extent.elementCount)) {
      var random = RandomNumbers()
      let input = Buffer(random.map(extent.elementCount))
      let output = Buffer(byteCount: 4 * extent.channels)
      let scales = random.floats(extent.channels, in: 0.01...0.02)
      let zeroPoints = random.zeroPoints(extent.channels)
      return { set in
        let kernels = MicroKernel.candidates(for: i8k_operation_sum, in: set)
        return Candidate.layers(kernels, inputs: [input], output: output) { kernel in
          GlobalPoolLayer(
            extent: extent, kind: .average, scales: scales, zeroPoints: zeroPoints, kernels: set,
            kernel: kernel)
        }
      }
    }
  }

  static var vectors: [Workload] { dense + [sigmoid(96), sigmoid(1152)] }

  private static func sigmoid(_ count: Int) -> Workload {
    Workload(family: "sigmoid", shape: "\(count)", work: .bytes(8 * count)) {
      var random = RandomNumbers()
      let input = Buffer(random.floats(count, in: -8...8))
      let output = Buffer(byteCount: 4 * count)
      return { set in
        let kernels = MicroKernel.candidates(for: i8k_operation_sigmoid, in: set)
        return Candidate.layers(kernels, inputs: [input], output: output) { kernel in
          VectorActivationLayer(count: count, activation: .sigmoid, kernels: set, kernel: kernel)
        }
      }
    }
  }

  private static var dense: [Workload] {
    [(1280, 1000), (2048, 1000), (1152, 48), (48, 1152)].map { inputs, outputs in
      Workload(family: "dense", shape: "\(inputs)→\(outputs)", work: .floatProducts(inputs * outputs)) {
        var random = RandomNumbers()
        let input = Buffer(random.floats(inputs, in: -1...1))
        let output = Buffer(byteCount: 4 * outputs)
        let parameters = DenseParameters(
          weights: random.weights(inputs * outputs), weightScales: random.floats(outputs, in: 0.001...0.01),
          bias: random.floats(outputs, in: -1...1))
        return { set in
          let kernels = MicroKernel.candidates(for: i8k_operation_dense, in: set)
          return Candidate.layers(kernels, inputs: [input], output: output) { kernel in
            DenseLayer(inputs: inputs, outputs: outputs, parameters: parameters, kernels: set, kernel: kernel)
          }
        }
      }
    }
  }
}

extension MapExtent {
  fileprivate var text: String { "\(channels) \(height)²" }
}
