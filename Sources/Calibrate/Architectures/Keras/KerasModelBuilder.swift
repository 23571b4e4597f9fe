import Quant

/// Writes a model as Keras' own source does: every function adds a layer and returns its result.
struct KerasModelBuilder {
  /// The result of a layer.
  struct Value: Hashable {
    fileprivate let layer: Int
  }

  private var layers: [KerasLayer] = []
  private var counts: [String: Int] = [:]
  /// Output channels of the file's convolutions by the layer's name, where the definition leaves them open.
  private let widths: [String: Int]

  init(widths: [String: Int] = [:]) { self.widths = widths }

  /// The width that the file has for a layer; `standard` when it does not tell.
  func width(_ name: String, _ standard: Int) -> Int { widths[name] ?? standard }

  private mutating func add(_ kind: KerasLayerKind, _ inputs: [Value], _ name: String?, base: String) -> Value
  {
    let name = name ?? nextName(base)
    let call = KerasCall(inputs.map { KerasTensor(layer: $0.layer, call: 0, output: 0) })
    layers.append(KerasLayer(id: layers.count, name: name, kind: kind, calls: inputs.isEmpty ? [] : [call]))
    return Value(layer: layers.count - 1)
  }

  /// `conv2d`, `conv2d_1`, … as Keras names layers that have none.
  private mutating func nextName(_ base: String) -> String {
    let number = counts[base, default: 0]
    counts[base] = number + 1
    return number == 0 ? base : "\(base)_\(number)"
  }

  /// The model from the input to `output`, its layers in Keras' order.
  func model(_ output: Value, name: String) -> KerasModel {
    let model = KerasModel(
      name: name, layers: layers, inputs: [KerasTensor(layer: 0, call: 0, output: 0)],
      outputs: [KerasTensor(layer: output.layer, call: 0, output: 0)])
    return model.inKerasOrder()
  }

  mutating func input() -> Value { add(.input([nil, nil, 3]), [], "input_1", base: "input") }

  // MARK: - Layers with weights

  mutating func conv(
    _ x: Value, _ filters: Int, _ rows: Int, _ columns: Int? = nil, strides: Int = 1, same: Bool = false,
    bias: Bool = false, _ activation: Activation = .identity, name: String? = nil
  ) -> Value {
    let convolution = KerasConvolution(
      filters: filters, kernel: Size2D(height: rows, width: columns ?? rows), stride: Size2D(strides),
      isSame: same, usesBias: bias, activation: .plain(activation))
    return add(.convolution(convolution), [x], name, base: "conv2d")
  }

  mutating func depthwise(_ x: Value, _ kernel: Int, strides: Int = 1, same: Bool = true, name: String)
    -> Value
  {
    let convolution = KerasConvolution(
      filters: 1, kernel: Size2D(kernel), stride: Size2D(strides), isSame: same, usesBias: false)
    return add(.depthwise(convolution), [x], name, base: "depthwise_conv2d")
  }

  mutating func separable(_ x: Value, _ filters: Int, _ kernel: Int, name: String) -> Value {
    let convolution = KerasConvolution(
      filters: filters, kernel: Size2D(kernel), isSame: true, usesBias: false)
    return add(.separable(convolution), [x], name, base: "separable_conv2d")
  }

  mutating func norm(
    _ x: Value, epsilon: Float = 1e-3, scale: Bool = true, center: Bool = true, name: String? = nil
  ) -> Value {
    let normalization = KerasNormalization(epsilon: epsilon, hasScale: scale, hasCenter: center)
    return add(.batchNormalization(normalization), [x], name, base: "batch_normalization")
  }

  mutating func dense(
    _ x: Value, _ units: Int, _ activation: KerasActivation, bias: Bool = true, name: String
  ) -> Value {
    add(.dense(units: units, usesBias: bias, activation), [x], name, base: "dense")
  }

  // MARK: - Layers without

  mutating func activation(_ x: Value, _ activation: Activation, name: String? = nil) -> Value {
    add(.activation(.plain(activation)), [x], name, base: "activation")
  }

  mutating func relu(_ x: Value) -> Value { activation(x, .relu) }

  mutating func softmax(_ x: Value, name: String) -> Value {
    add(.activation(.softmax), [x], name, base: "activation")
  }

  mutating func pad(_ x: Value, _ padding: Padding) -> Value {
    add(.zeroPadding(padding), [x], nil, base: "zero_padding2d")
  }

  mutating func maxPool(_ x: Value, _ size: Int, strides: Int, same: Bool = false) -> Value {
    let pooling = KerasPooling(isMaximum: true, kernel: Size2D(size), stride: Size2D(strides), isSame: same)
    return add(.pool(pooling), [x], nil, base: "max_pooling2d")
  }

  mutating func averagePool(_ x: Value, _ size: Int, strides: Int, same: Bool = false) -> Value {
    let pooling = KerasPooling(isMaximum: false, kernel: Size2D(size), stride: Size2D(strides), isSame: same)
    return add(.pool(pooling), [x], nil, base: "average_pooling2d")
  }

  mutating func globalAveragePool(_ x: Value, name: String = "avg_pool") -> Value {
    add(.globalPool(.average), [x], name, base: "global_average_pooling2d")
  }

  mutating func add(_ a: Value, _ b: Value) -> Value { add(.operation(.add), [a, b], nil, base: "add") }

  mutating func multiply(_ a: Value, _ b: Value) -> Value {
    add(.operation(.multiply), [a, b], nil, base: "multiply")
  }

  mutating func concatenate(_ values: Value...) -> Value {
    add(.operation(.concatenate(axis: -1)), values, nil, base: "concatenate")
  }

  mutating func rescale(_ x: Value, _ scale: [Double], offset: Double = 0) -> Value {
    add(.rescaling(scale: scale, offset: [offset]), [x], nil, base: "rescaling")
  }

  mutating func normalization(_ x: Value, _ moments: KerasMoments? = nil, name: String? = nil) -> Value {
    add(.normalization(moments), [x], name, base: "normalization")
  }
}
