import Quant

/// How a network's input reads as Int8: q = byte − 128, exactly, in RGB order.
///
/// `real = (byte / scale − mean) / deviation = s · (q − z)` with s = 1 / (scale · deviation) and z = scale · mean − 128,
/// which is no whole number: the first convolution's bias takes up the remainder. Padding reads z rounded.
/// Pictures standardized one by one come as bytes of their own (`ImageStandardization`): s = 1/32, z = 0.
struct InputRepresentation {
  let quantization: ChannelQuantization
  /// rounded z − z, in bytes.
  private let remainders: [Double]
  /// The network's channel that reads each of R, G, B.
  private let order: [Int]

  init(recipe: Recipe) {
    let order = recipe.channelOrder == .rgb ? [0, 1, 2] : [2, 1, 0]
    let isStandardized = recipe.standardization == .image
    let exact = order.map { isStandardized ? 0 : Double(recipe.scale) * Double(recipe.mean[$0]) - 128 }
    let zeroPoints = exact.map { Int8(min(max($0.rounded(.toNearestOrEven), -128), 127)) }
    quantization = ChannelQuantization(
      scales: order.map { channel in
        isStandardized
          ? 1 / ImageStandardization.steps
          : Float(1 / (Double(recipe.scale) * Double(recipe.deviation[channel])))
      },
      zeroPoints: zeroPoints)
    remainders = zip(zeroPoints, exact).map { Double($0) - $1 }
    self.order = order
  }

  /// Numbers of the network's channels, in RGB order.
  func reordered(_ channels: [Float]) -> [Float] { order.map { channels[$0] } }

  /// OHWI weights with input channels in RGB order.
  func reordered(_ weights: [Float], _ convolution: Convolution) -> [Float] {
    guard order != [0, 1, 2], convolution.groups == 1 else { return weights }
    return weights.indices.map { weights[$0 - $0 % 3 + order[$0 % 3]] }
  }

  /// `real = s · (q − rounded z) + s · remainder`: adds the second term's convolution to each output's bias.
  func addRemainder(to bias: inout [Double], _ convolution: Convolution, weights: [Float]) {
    guard convolution.groups == 1 else { return }
    for (index, weight) in weights.enumerated() {
      let channel = index % 3
      bias[index / convolution.products] +=
        Double(weight) * Double(quantization.scales[channel]) * remainders[channel]
    }
  }
}
