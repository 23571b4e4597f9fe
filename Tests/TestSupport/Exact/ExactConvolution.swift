import Int8Kernels

/// Convolution, one output after the other, every tap of every group.
package struct ExactConvolution {
  package let geometry: ConvolutionGeometry
  package let parameters: ConvolutionParameters
  /// `[y][x][o]`, `bias[o] + Σ (q − z[c]) · w`.
  package let sums: [Int]

  package init(_ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, input: [Int8]) {
    self.geometry = geometry
    self.parameters = parameters
    var sums: [Int] = []
    for y in 0..<geometry.outputHeight {
      for x in 0..<geometry.outputWidth {
        for o in 0..<geometry.outputChannels {
          sums.append(Int(parameters.bias[o]) + Self.products(geometry, parameters, input, y, x, o))
        }
      }
    }
    self.sums = sums
  }

  /// Padding reads the zero point, so a tap outside the map adds nothing.
  private static func products(
    _ g: ConvolutionGeometry, _ p: ConvolutionParameters, _ input: [Int8], _ y: Int, _ x: Int, _ o: Int
  ) -> Int {
    let inputsPerGroup = g.inputChannels / g.groups
    let firstChannel = o / (g.outputChannels / g.groups) * inputsPerGroup
    var sum = 0
    for i in 0..<g.kernelHeight {
      let row = y * g.strideHeight + i * g.dilationHeight - g.paddingTop
      guard row >= 0 && row < g.inputHeight else { continue }
      for j in 0..<g.kernelWidth {
        let column = x * g.strideWidth + j * g.dilationWidth - g.paddingLeft
        guard column >= 0 && column < g.inputWidth else { continue }
        for c in 0..<inputsPerGroup {
          let weight = p.weights[((o * g.kernelHeight + i) * g.kernelWidth + j) * inputsPerGroup + c]
          let channel = firstChannel + c
          let q = input[(row * g.inputWidth + column) * g.inputChannels + channel]
          sum += (Int(q) - Int(p.inputZeroPoints[channel])) * Int(weight)
        }
      }
    }
    return sum
  }

  /// Whether every sum is what an Int32 accumulator ends with.
  package var sumsFitInt32: Bool { sums.allSatisfy { Int32(exactly: $0) != nil } }

  package func output(residual: [Int8]? = nil) -> [Int8] {
    sums.indices.map { index in
      let o = index % geometry.outputChannels
      switch parameters.epilogue {
      case .q8(let numbers):
        return ExactEpilogue.q8(sums[index], channel: o, numbers, residual: residual?[index])
      case .q16(let strip): return ExactEpilogue.q16(sums[index], channel: o, strip)
      }
    }
  }
}
