import Quant

extension ResNetLayout: ArchitectureFamily {
  static let summary = "ResNet-18 to 152"
  static let nameExamples = "torchvision/resnet18 … 152, timm/resnet50, caffe/resnet50"

  var title: String { isBottleneck ? "bottleneck ResNet" : "basic-block ResNet" }
  var poolName: String { "\(naming.root)avgpool" }

  static func understands(_ name: ArchitectureName) -> Bool {
    switch name.library {
    case .torchvision, .timm, .caffe, .transformers: isResNet(name.model)
    case .efficientNetPyTorch, .efficientNetLite: false
    }
  }

  /// Names whose networks have a plain stem and no unit besides the blocks' convolutions; not `resnetblur50`, whose
  /// tensors look alike.
  private static func isResNet(_ model: String) -> Bool {
    var rest = Substring(model)
    for prefix in ["tv_", "ig_", "ssl_", "swsl_", "wide_"] where rest.hasPrefix(prefix) {
      rest = rest.dropFirst(prefix.count)
    }
    guard rest.hasPrefix("resnet") || rest.hasPrefix("resnext") else { return false }
    rest = rest.hasPrefix("resnet") ? rest.dropFirst(6) : rest.dropFirst(7)
    let depth = rest.prefix { $0.isNumber }
    guard ["", "18", "26", "34", "50", "101", "152"].contains(depth) else { return false }
    // `_2` of a wide ResNet, `_32x4d` of a ResNeXt
    let kind = rest.dropFirst(depth.count)
    return kind.isEmpty || (kind.hasPrefix("_") && kind.dropFirst().first?.isNumber == true)
  }

  static func conventions(of name: ArchitectureName) -> Conventions {
    let isCaffe = name.library == .caffe
    return Conventions(stridesOnFirst: isCaffe, poolsInCeilMode: isCaffe)
  }

  static func adjust(_ recipe: inout Recipe, for name: ArchitectureName) throws {
    guard name.library == .caffe else { return }
    let caffe = try Recipe.preset("keras-caffe", inputSize: recipe.inputSize)
    recipe.name = "custom"
    (recipe.channelOrder, recipe.scale) = (caffe.channelOrder, caffe.scale)
    (recipe.mean, recipe.deviation) = (caffe.mean, caffe.deviation)
  }

  /// ResNets as deep as the names are.
  static func templates(for names: TensorNames) -> [ResNetLayout] {
    ResNetNaming.Style.allCases.flatMap { style in
      let naming = ResNetNaming(style: style, root: "")
      let depths = (0..<4).map { max(1, names.count(of: naming.stage($0))) }
      return [false, true].map { isBottleneck in
        ResNetLayout(naming, depths: depths, isBottleneck: isBottleneck, widensFirstStage: isBottleneck)
      }
    }
  }

  func member(in state: StateDictionary) -> ArchitectureMember {
    let variant = ResNetVariant(self, in: state)
    let library: ArchitectureName.Library = naming.style == .transformers ? .transformers : .torchvision
    return ArchitectureMember(
      name: ArchitectureName(library, variant.name), description: "a \(variant.description)",
      fits: { variant.fits($0.model) })
  }

  func assumptions(as name: ArchitectureName, isGiven: Bool, recipe: Recipe) -> [String] {
    if isGiven { return [] }
    let epsilon = "batch-norm epsilon: \(Self.conventions(of: name).epsilon) as torchvision"
    guard isBottleneck else { return [epsilon] }
    return [
      "stride: on the bottleneck's 3×3 as torchvision; --architecture caffe/\(name.model) for its first 1×1",
      epsilon,
    ]
  }

  func build(_ builder: inout NetworkBuilder) throws -> ValueID { try builder.resNet(self) }
}

/// Which ResNet the tensors show.
struct ResNetVariant {
  /// `resnet50`, `wide_resnet50_2`, `resnext50_32x4d`; `resnet` when the depths are no known one's.
  let name: String
  let description: String

  private static let depths: [(depth: Int, isBottleneck: Bool, blocks: [Int])] = [
    (18, false, [2, 2, 2, 2]), (26, true, [2, 2, 2, 2]), (34, false, [3, 4, 6, 3]), (50, true, [3, 4, 6, 3]),
    (101, true, [3, 4, 23, 3]),
    (152, true, [3, 8, 36, 3]),
  ]

  init(_ layout: ResNetLayout, in state: StateDictionary) {
    let known = Self.depths.first { $0.blocks == layout.depths && $0.isBottleneck == layout.isBottleneck }
    let middle = layout.stages[0][0].convolutions.dropFirst().first.flatMap {
      state["\($0.convolution).weight"]
    }
    let shape = middle?.shape ?? []
    let stem = state["\(layout.stem.convolution).weight"]?.shape.first
    let blocks = layout.depths.map(String.init).joined(separator: ", ")
    description = "\(layout.title) of \(blocks) blocks"
    guard let known else {
      name = "resnet"
      return
    }
    // The middle convolution of the first block is width × width / groups.
    switch (layout.isBottleneck, stem, shape.first, shape.dropFirst().first) {
    case (true, 64, 128, 128): name = "wide_resnet\(known.depth)_2"
    case (true, 64, 128, 4): name = "resnext\(known.depth)_32x4d"
    case (true, 64, 256, 8): name = "resnext\(known.depth)_32x8d"
    case (true, 64, 256, 4): name = "resnext\(known.depth)_64x4d"
    default: name = "resnet\(known.depth)"
    }
  }

  /// Whether a model of this name can have these blocks: the number in it is the depth's.
  func fits(_ model: String) -> Bool {
    func depth(_ name: String) -> String { String(name.drop { !$0.isNumber }.prefix { $0.isNumber }) }
    let asked = depth(model)
    return asked.isEmpty || asked == depth(name)
  }
}
