import Quant

/// MobileNet of any width. Source: `keras/applications/mobilenet.py`.
struct KerasMobileNet: KerasApplication.Definition {
  let name = "mobilenet"

  static let all = [KerasMobileNet()]

  var headLayers: [String] { ["conv_preds"] }

  func body(_ k: inout KerasModelBuilder) -> KerasModelBuilder.Value {
    var x = k.conv(k.input(), k.width("conv1", 32), 3, strides: 2, same: true, name: "conv1")
    x = k.activation(k.norm(x, name: "conv1_bn"), .relu6)
    let filters = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
    for (index, filters) in filters.enumerated() {
      let strides = [2, 4, 6, 12].contains(index + 1) ? 2 : 1
      x = separable(&k, x, filters, strides: strides, block: index + 1)
    }
    return x
  }

  private func separable(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, _ filters: Int, strides: Int, block: Int
  ) -> KerasModelBuilder.Value {
    // Padded by a row and a column at the end, whatever the size.
    let padded = strides == 2 ? k.pad(x, Padding(top: 0, left: 0, bottom: 1, right: 1)) : x
    var y = k.depthwise(padded, 3, strides: strides, same: strides == 1, name: "conv_dw_\(block)")
    y = k.activation(k.norm(y, name: "conv_dw_\(block)_bn"), .relu6)
    y = k.conv(y, k.width("conv_pw_\(block)", filters), 1, same: true, name: "conv_pw_\(block)")
    return k.activation(k.norm(y, name: "conv_pw_\(block)_bn"), .relu6)
  }

  /// The classifier is a convolution of the pooled map.
  func ownHead(_ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value) -> KerasModelBuilder.Value {
    let pooled = k.globalAveragePool(x, name: "global_average_pooling2d")
    let logits = k.conv(pooled, k.width("conv_preds", 1000), 1, same: true, bias: true, name: "conv_preds")
    return k.softmax(logits, name: "predictions")
  }
}
