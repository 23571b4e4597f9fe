import Quant

/// Which tensors a DenseNet has, in torchvision's names, which timm shares.
///
/// Source: Huang et al., "Densely Connected Convolutional Networks", with bottlenecks and compression.
struct DenseNetLayout {
  /// What stands before every name: empty, or ending with a dot; `features.` as a rule.
  let root: String
  /// Between a layer's kind and its number in a dense layer: `norm1`, or `norm.1` in torchvision's published files.
  let separator: String
  /// Dense layers of each block.
  let depths: [Int]

  fileprivate init(root: String, separator: String, depths: [Int]) {
    (self.root, self.separator, self.depths) = (root, separator, depths)
  }

  var stem: ConvolutionNames { ConvolutionNames("\(root)conv0", "\(root)norm0") }
  var lastNorm: String { "\(root)norm5" }

  fileprivate func denseLayer(_ block: Int, _ index: Int) -> DenseLayerNames {
    let name = "\(root)denseblock\(block + 1).denselayer\(index + 1)"
    return DenseLayerNames(
      name: name, norm: "\(name).norm\(separator)1",
      bottleneck: ConvolutionNames("\(name).conv\(separator)1", "\(name).norm\(separator)2"),
      convolution: "\(name).conv\(separator)2")
  }

  fileprivate func transition(_ block: Int) -> String { "\(root)transition\(block + 1)" }
}

private struct DenseLayerNames {
  let name: String
  let norm: String
  let bottleneck: ConvolutionNames
  let convolution: String

  var tensors: [String] {
    BatchNormTensors.suffixes.map { norm + $0 } + bottleneck.tensors + ["\(convolution).weight"]
  }
}

extension DenseNetLayout: ArchitectureFamily {
  static let summary = "DenseNet"
  static let nameExamples = "torchvision/densenet121, timm/densenet121"

  init?(_ names: TensorNames) {
    for separator in ["", "."] {
      let anchor = "denseblock1.denselayer1.conv\(separator)1.weight"
      guard let root = names.root(before: anchor) else { continue }
      var depths: [Int] = []
      while names.hasLayer("\(root)denseblock\(depths.count + 1)") {
        let block = "\(root)denseblock\(depths.count + 1).denselayer"
        var depth = 0
        while names.hasLayer("\(block)\(depth + 1)") { depth += 1 }
        depths.append(max(1, depth))
      }
      self.init(root: root, separator: separator, depths: depths)
      return
    }
    return nil
  }

  var title: String { "DenseNet" }
  var poolName: String { "avgpool" }

  var tensors: [String] {
    var result = stem.tensors
    for (block, depth) in depths.enumerated() {
      result += (0..<depth).flatMap { denseLayer(block, $0).tensors }
      guard block < depths.count - 1 else { continue }
      result += BatchNormTensors.suffixes.map { "\(transition(block)).norm\($0)" }
      result.append("\(transition(block)).conv.weight")
    }
    return result + BatchNormTensors.suffixes.map { lastNorm + $0 }
  }

  private static let published = [
    (121, [6, 12, 24, 16]), (161, [6, 12, 36, 24]), (169, [6, 12, 32, 32]), (201, [6, 12, 48, 32]),
  ]

  static func understands(_ name: ArchitectureName) -> Bool {
    guard name.library == .torchvision || name.library == .timm else { return false }
    return name.model == "densenet" || depth(of: name) != nil
  }

  private static func depth(of name: ArchitectureName) -> Int? {
    let model = name.model.hasPrefix("tv_") ? name.model.dropFirst(3) : Substring(name.model)
    return published.first { model == "densenet\($0.0)" }?.0
  }

  static func conventions(of name: ArchitectureName) -> Conventions { Conventions() }

  static func templates(for names: TensorNames) -> [DenseNetLayout] {
    ["", "."].map { DenseNetLayout(root: "features.", separator: $0, depths: published[0].1) }
  }

  func member(in state: StateDictionary) -> ArchitectureMember {
    let known = Self.published.first { $0.1 == depths }?.0
    return ArchitectureMember(
      name: ArchitectureName(.torchvision, "densenet\(known.map(String.init) ?? "")"),
      description: "a DenseNet of \(depths.map(String.init).joined(separator: ", ")) layers",
      fits: { name in Self.depth(of: name).map { $0 == known } ?? true })
  }

  func assumptions(as name: ArchitectureName, isGiven: Bool, recipe: Recipe) -> [String] {
    isGiven ? [] : ["batch-norm epsilon: 1e-05 as \(name)"]
  }

  func build(_ builder: inout NetworkBuilder) throws -> ValueID {
    var x = try builder.convolution(stem, of: 0, kernel: 7, stride: 2, activation: .relu)
    x = try builder.append(
      "\(root)pool0", .maxPool(Pooling(kernel: Size2D(3), stride: Size2D(2), padding: Padding(1))), x)
    for (block, depth) in depths.enumerated() {
      for index in 0..<depth { x = try builder.denseLayer(denseLayer(block, index), of: x) }
      if block < depths.count - 1 { x = try builder.transition(transition(block), of: x) }
    }
    x = try builder.normalization(lastNorm, of: x, epsilon: builder.conventions.epsilon)
    return try builder.activate(x, .relu)
  }
}

extension NetworkBuilder {
  /// The input and, after its channels, what the layer makes of it.
  fileprivate mutating func denseLayer(_ names: DenseLayerNames, of input: ValueID) throws -> ValueID {
    var x = try normalization(names.norm, of: input, epsilon: conventions.epsilon)
    x = try activate(x, .relu)
    x = try convolution(names.bottleneck, of: x, kernel: 1, activation: .relu)
    x = try linearConvolution(names.convolution, of: x, kernel: Size2D(3))
    return try concatenate("\(names.name).cat", [input, x])
  }

  fileprivate mutating func transition(_ name: String, of input: ValueID) throws -> ValueID {
    var x = try normalization("\(name).norm", of: input, epsilon: conventions.epsilon)
    x = try activate(x, .relu)
    x = try linearConvolution("\(name).conv", of: x, kernel: Size2D(1))
    let pooling = Pooling(kernel: Size2D(2), stride: Size2D(2))
    return try append("\(name).pool", .averagePool(pooling, countsPadding: false), x)
  }
}
