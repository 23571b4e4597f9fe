import Quant

extension ResNetLayout: ArchitectureFamily {
  static let summary = "ResNet-18 to 152, ResNeXt, wide and SE-ResNet"
  static let nameExamples =
    "torchvision/resnet18 … 152, torchvision/resnext50_32x4d, torchvision/wide_resnet50_2, timm/resnet50, "
    + "timm/resnet50d, timm/seresnet50, caffe/resnet50"

  var title: String {
    let extras = [
      extras.squeezes ? "squeeze-and-excitation" : nil, extras.hasDeepStem ? "deep-stem" : nil,
      isBottleneck ? "bottleneck" : "basic-block",
    ]
    return extras.compactMap(\.self).joined(separator: " ") + " ResNet"
  }
  var poolName: String { "\(naming.root)avgpool" }

  static func understands(_ name: ArchitectureName) -> Bool {
    guard let model = ResNetName(name.model) else { return false }
    return switch name.library {
    case .timm: true
    case .torchvision, .caffe, .transformers: model.extras == .none
    case .efficientNetPyTorch, .efficientNetLite: false
    }
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
    let library: ArchitectureName.Library =
      naming.style == .transformers ? .transformers : extras == .none ? .torchvision : .timm
    let extras = extras
    return ArchitectureMember(
      name: ArchitectureName(library, variant.name), description: "a \(variant.description)",
      fits: { name in
        guard let asked = ResNetName(name.model), let depth = asked.depth else { return true }
        return depth == variant.depth && asked.extras == extras
      })
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
