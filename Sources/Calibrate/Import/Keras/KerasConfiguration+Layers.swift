import Quant

extension KerasConfiguration {
  /// What a layer of the class `name` computes.
  ///
  /// - Throws: `InputError` (unsupported) for a class or value that is not computed here; (malformed) for a value of the
  ///   wrong type.
  func kind(_ name: String, _ attributes: KerasAttributes, module: String?) throws -> KerasLayerKind {
    if Self.identities.contains(name) { return .identity }
    if let kind = try convolutionKind(name, attributes) { return kind }
    if let kind = try poolingKind(name, attributes) { return kind }
    if let kind = try shapeKind(name, attributes) { return kind }
    if let kind = try scalingKind(name, attributes) { return kind }
    if name == "TFOpLambda" || name == "SlicingOpLambda" || module?.hasPrefix("keras.src.ops.") == true {
      return .operation(try function(name, attributes))
    }
    if let activation = try activationLayer(name, attributes) { return activation }
    if let operation = try merging(name, attributes) { return .operation(operation) }
    throw attributes.unsupported(
      "the layer class \(name) is not read",
      remedy: "convert the model to ONNX, or build it without that layer")
  }

  /// Nothing at inference.
  private static let identities: Set<String> = [
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise",
    "ActivityRegularization", "Identity", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation",
    "RandomContrast", "RandomBrightness", "RandomHeight", "RandomWidth", "RandomHue", "RandomSaturation",
    "RandomSharpness", "RandomShear", "RandomErasing", "RandomColorJitter", "RandomColorDegeneration",
    "RandomGrayscale", "RandomPosterization", "RandomGaussianBlur", "RandomInvert", "RandomPerspective",
    "RandomElasticTransform",
  ]

  // MARK: - Layers with weights

  private func convolutionKind(_ name: String, _ attributes: KerasAttributes) throws -> KerasLayerKind? {
    switch name {
    case "Conv2D", "Convolution2D":
      var convolution = try self.convolution(attributes, filters: attributes.count("filters"))
      convolution.groups = try attributes.count("groups", default: 1)
      return .convolution(convolution)
    case "DepthwiseConv2D":
      return .depthwise(
        try convolution(attributes, filters: attributes.count("depth_multiplier", default: 1)))
    case "SeparableConv2D", "SeparableConvolution2D":
      var convolution = try self.convolution(attributes, filters: attributes.count("filters"))
      convolution.depthMultiplier = try attributes.count("depth_multiplier", default: 1)
      return .separable(convolution)
    case "Dense":
      return .dense(
        units: try attributes.count("units"), usesBias: try attributes.flag("use_bias", default: true),
        try activation(attributes["activation"], attributes))
    case "BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization":
      return .batchNormalization(try normalization(attributes))
    case "PReLU":
      let axes = try attributes["shared_axes"].map { _ in try attributes.numbers("shared_axes") } ?? []
      return .prelu(sharedAxes: Set(axes.compactMap { Int(exactly: $0) }))
    default: return nil
    }
  }

  private func convolution(_ attributes: KerasAttributes, filters: Int) throws -> KerasConvolution {
    try attributes.requireChannelsLast()
    return KerasConvolution(
      filters: filters, kernel: try attributes.size("kernel_size"),
      stride: try attributes.size("strides", default: Size2D(1)),
      dilation: try attributes.size("dilation_rate", default: Size2D(1)), isSame: try attributes.isSame(),
      usesBias: try attributes.flag("use_bias", default: true),
      activation: try activation(attributes["activation"], attributes))
  }

  private func normalization(_ attributes: KerasAttributes) throws -> KerasNormalization {
    let epsilon = Float(try attributes.number("epsilon", default: 1e-3))
    guard epsilon >= 0, epsilon < 1 else { throw attributes.fault("its epsilon is \(epsilon)") }
    return KerasNormalization(
      axis: try attributes.axis("axis"), epsilon: epsilon,
      hasScale: try attributes.flag("scale", default: true),
      hasCenter: try attributes.flag("center", default: true))
  }

  // MARK: - Pooling and shape

  private func poolingKind(_ name: String, _ attributes: KerasAttributes) throws -> KerasLayerKind? {
    switch name {
    case "MaxPooling2D", "MaxPool2D", "AveragePooling2D", "AvgPool2D":
      try attributes.requireChannelsLast()
      let kernel = try attributes.size("pool_size", default: Size2D(2))
      return .pool(
        KerasPooling(
          isMaximum: name.hasPrefix("Max"), kernel: kernel,
          stride: try attributes.size("strides", default: kernel), isSame: try attributes.isSame()))
    case "GlobalAveragePooling2D", "GlobalAvgPool2D":
      try attributes.requireChannelsLast()
      return .globalPool(.average)
    case "GlobalMaxPooling2D", "GlobalMaxPool2D":
      try attributes.requireChannelsLast()
      return .globalPool(.maximum)
    default: return nil
    }
  }

  private func shapeKind(_ name: String, _ attributes: KerasAttributes) throws -> KerasLayerKind? {
    switch name {
    case "InputLayer": return .input(try attributes.inputShape() ?? [nil, nil, nil])
    case "ZeroPadding2D":
      try attributes.requireChannelsLast()
      return .zeroPadding(try padding(attributes))
    case "Flatten":
      try attributes.requireChannelsLast()
      return .flatten
    case "Reshape":
      let shape = try attributes.numbers("target_shape").map { Int(exactly: $0) ?? 0 }
      guard shape.count <= 4, shape.allSatisfy({ $0 == -1 || (1...GraphLimits.side).contains($0) }) else {
        throw attributes.fault("its target shape is \(shape)")
      }
      return .reshape(shape)
    default: return nil
    }
  }

  /// A number, `[rows, columns]`, or `[[top, bottom], [left, right]]`.
  private func padding(_ attributes: KerasAttributes) throws -> Padding {
    let sides = try attributes.numbers("padding", default: [1]).map { Int(exactly: $0) ?? -1 }
    guard sides.allSatisfy({ (0...KerasAttributes.sideLimit).contains($0) }) else {
      throw attributes.fault("its padding is out of range")
    }
    switch sides.count {
    case 1: return Padding(sides[0])
    case 2: return Padding(top: sides[0], left: sides[1], bottom: sides[0], right: sides[1])
    case 4: return Padding(top: sides[0], left: sides[2], bottom: sides[1], right: sides[3])
    default: throw attributes.fault("its padding has \(sides.count) numbers")
    }
  }

  // MARK: - Preprocessing and merging

  private func scalingKind(_ name: String, _ attributes: KerasAttributes) throws -> KerasLayerKind? {
    switch name {
    case "Rescaling":
      return .rescaling(
        scale: try attributes.numbers("scale"), offset: try attributes.numbers("offset", default: [0]))
    case "Normalization":
      guard try attributes.flag("invert", default: false) == false else {
        throw attributes.unsupported("it inverts a normalization")
      }
      let axis = try attributes.axis("axis")
      guard axis == -1 || axis == 3 else { throw attributes.unsupported("its axis is \(axis)") }
      guard attributes["mean"] != nil else { return .normalization(nil) }
      return .normalization(
        KerasMoments(
          mean: try attributes.numbers("mean"), variance: try attributes.numbers("variance")))
    case "UnitNormalization":
      let axis = try attributes.axis("axis")
      guard axis == -1 || axis == 1 || axis == 3 else { throw attributes.unsupported("its axis is \(axis)") }
      return .unitNormalization
    default: return nil
    }
  }

  private func merging(_ name: String, _ attributes: KerasAttributes) throws -> KerasOperation? {
    switch name {
    case "Add": return .add
    case "Subtract": return .subtract
    case "Multiply": return .multiply
    case "Concatenate": return .concatenate(axis: try attributes.axis("axis"))
    default: return nil
    }
  }

  /// A function of TensorFlow or Keras that the model calls as a layer, by its last name: `tf.math.multiply`, `Multiply`.
  private func function(_ className: String, _ attributes: KerasAttributes) throws -> KerasOperation {
    let isLambda = className == "TFOpLambda" || className == "SlicingOpLambda"
    let full = isLambda ? try attributes.text("function", default: "") : className
    let name = full.split(separator: ".").last.map(String.init) ?? ""
    switch name.lowercased() {
    case "add", "addv2": return .add
    case "subtract", "sub": return .subtract
    case "multiply", "mul": return .multiply
    case "truediv", "truedivide", "divide": return .divide
    case "bias_add", "biasadd": return .biasAdd
    case "concat", "concatenate": return .concatenate(axis: try attributes.axis("axis"))
    case "stack": return .stack(axis: try attributes.axis("axis"))
    case "getitem": return .slice
    case "clip", "clip_by_value":
      return .clip(lower: attributes["x_min"]?.double, upper: attributes["x_max"]?.double)
    case "l2_normalize", "normalize": return .normalize
    case "reduce_mean", "mean":
      let axes = try attributes["axis"].map { _ in try attributes.numbers("axis") }
      return .mean(axes: axes.map { $0.compactMap { Int(exactly: $0) } })
    case "cast", "identity": return .cast
    case "gelu" where try attributes.flag("approximate", default: !isLambda):
      throw attributes.unsupported(
        "its gelu is the approximate one", remedy: "use gelu(x, approximate=False)")
    case let other:
      if let activation = Self.activationNames[other] {
        return .activation(try self.activation(.string(activation), attributes))
      }
      throw attributes.unsupported(
        "the function \(full) is not computed",
        remedy: "convert the model to ONNX, or build it without that function")
    }
  }

  /// Functions that are activations, in lower case, by the activation's name.
  private static let activationNames = [
    "relu": "relu", "relu6": "relu6", "sigmoid": "sigmoid", "tanh": "tanh", "silu": "silu", "swish": "silu",
    "gelu": "gelu", "softmax": "softmax", "hardsigmoid": "hard_sigmoid", "hardsilu": "hard_silu",
    "hardswish": "hard_swish",
  ]
}
