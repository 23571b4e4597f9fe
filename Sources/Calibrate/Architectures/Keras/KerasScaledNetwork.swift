import Quant

/// What the two versions of EfficientNet share: a stem, stages of blocks that two factors widen and deepen, and a top.
protocol KerasScaledNetwork: KerasApplication.Definition {
  /// What a stage's blocks look like.
  associatedtype Form
  typealias Stage = (form: Form, repeats: Int, inputs: Int, outputs: Int, expansion: Int, strides: Int)

  var stages: [Stage] { get }
  var depth: Double { get }
  /// A number of filters after widening.
  func rounded(_ filters: Int) -> Int
  /// The input's own scaling.
  func scaled(_ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value) -> KerasModelBuilder.Value
  func block(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, _ stage: Stage, inputs: Int, strides: Int,
    prefix: String
  ) -> KerasModelBuilder.Value
}

extension KerasScaledNetwork {
  func body(_ k: inout KerasModelBuilder) -> KerasModelBuilder.Value {
    var x = scaled(&k, k.input())
    x = k.conv(x, rounded(stages[0].inputs), 3, strides: 2, same: true, name: "stem_conv")
    x = k.activation(k.norm(x, name: "stem_bn"), .silu)
    for (index, stage) in stages.enumerated() {
      let repeats = Int((depth * Double(stage.repeats)).rounded(.up))
      for number in 0..<repeats {
        let inputs = rounded(number == 0 ? stage.inputs : stage.outputs)
        x = block(
          &k, x, stage, inputs: inputs, strides: number == 0 ? stage.strides : 1,
          prefix: "block\(index + 1)\(letter(number))_")
      }
    }
    x = k.conv(x, rounded(1280), 1, same: true, name: "top_conv")
    return k.activation(k.norm(x, name: "top_bn"), .silu)
  }

  /// `a`, `b`, …
  private func letter(_ number: Int) -> Character { Character(UnicodeScalar(UInt8(97 + number))) }

  func squeeze(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, _ width: Int, to reduced: Int, prefix: String
  ) -> KerasModelBuilder.Value {
    let pooled = k.globalAveragePool(x, name: "\(prefix)se_squeeze")
    var gate = k.conv(pooled, reduced, 1, same: true, bias: true, .silu, name: "\(prefix)se_reduce")
    gate = k.conv(gate, width, 1, same: true, bias: true, .sigmoid, name: "\(prefix)se_expand")
    return k.multiply(x, gate)
  }
}
