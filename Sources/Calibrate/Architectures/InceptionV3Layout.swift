import Quant

/// Which tensors an Inception v3 has, in torchvision's names, which timm shares.
///
/// Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision"; torchvision's port.
struct InceptionV3Layout {
  /// What stands before every name: empty, or ending with a dot.
  let root: String

  static let stem: [InceptionModule.Unit] = [
    .init("Conv2d_1a_3x3", 3, stride: 2, isPadded: false), .init("Conv2d_2a_3x3", 3, isPadded: false),
    .init("Conv2d_2b_3x3", 3), .init("Conv2d_3b_1x1"), .init("Conv2d_4a_3x3", 3, isPadded: false),
  ]

  static let modules: [InceptionModule] =
    ["5b", "5c", "5d"].map { InceptionModule(name: "Mixed_\($0)", branches: wide) }
    + [InceptionModule(name: "Mixed_6a", branches: firstReduction)]
    + ["6b", "6c", "6d", "6e"].map { InceptionModule(name: "Mixed_\($0)", branches: factorized) }
    + [InceptionModule(name: "Mixed_7a", branches: secondReduction)]
    + ["7b", "7c"].map { InceptionModule(name: "Mixed_\($0)", branches: expanded) }

  private static let row = Size2D(height: 1, width: 7)
  private static let column = Size2D(height: 7, width: 1)
  private static let shortRow = Size2D(height: 1, width: 3)
  private static let shortColumn = Size2D(height: 3, width: 1)

  private static let wide: [InceptionModule.Branch] = [
    .init(units: [.init("branch1x1")]), .init(units: [.init("branch5x5_1"), .init("branch5x5_2", 5)]),
    .init(units: [.init("branch3x3dbl_1"), .init("branch3x3dbl_2", 3), .init("branch3x3dbl_3", 3)]),
    .init(pool: .average, units: [.init("branch_pool")]),
  ]

  private static let firstReduction: [InceptionModule.Branch] = [
    .init(units: [.init("branch3x3", 3, stride: 2, isPadded: false)]),
    .init(
      units: [
        .init("branch3x3dbl_1"), .init("branch3x3dbl_2", 3),
        .init("branch3x3dbl_3", 3, stride: 2, isPadded: false),
      ]),
    .init(pool: .shrinkingMaximum),
  ]

  private static let factorized: [InceptionModule.Branch] = [
    .init(units: [.init("branch1x1")]),
    .init(units: [.init("branch7x7_1"), .init("branch7x7_2", row), .init("branch7x7_3", column)]),
    .init(
      units: [
        .init("branch7x7dbl_1"), .init("branch7x7dbl_2", column), .init("branch7x7dbl_3", row),
        .init("branch7x7dbl_4", column), .init("branch7x7dbl_5", row),
      ]),
    .init(pool: .average, units: [.init("branch_pool")]),
  ]

  private static let secondReduction: [InceptionModule.Branch] = [
    .init(units: [.init("branch3x3_1"), .init("branch3x3_2", 3, stride: 2, isPadded: false)]),
    .init(
      units: [
        .init("branch7x7x3_1"), .init("branch7x7x3_2", row), .init("branch7x7x3_3", column),
        .init("branch7x7x3_4", 3, stride: 2, isPadded: false),
      ]),
    .init(pool: .shrinkingMaximum),
  ]

  private static let expanded: [InceptionModule.Branch] = [
    .init(units: [.init("branch1x1")]),
    .init(
      units: [.init("branch3x3_1")],
      fork: [.init("branch3x3_2a", shortRow), .init("branch3x3_2b", shortColumn)]),
    .init(
      units: [.init("branch3x3dbl_1"), .init("branch3x3dbl_2", 3)],
      fork: [.init("branch3x3dbl_3a", shortRow), .init("branch3x3dbl_3b", shortColumn)]),
    .init(pool: .average, units: [.init("branch_pool")]),
  ]
}

extension InceptionV3Layout: ArchitectureFamily {
  static let summary = "Inception v3"
  static let nameExamples = "torchvision/inception_v3, timm/inception_v3"

  init?(_ names: TensorNames) {
    guard let root = names.root(before: "Mixed_5b.branch1x1.conv.weight") else { return nil }
    self.root = root
  }

  var title: String { "Inception v3" }
  var poolName: String { "\(root)avgpool" }
  var trainingLayers: [String] { ["\(root)AuxLogits"] }

  var tensors: [String] {
    let stem = Self.stem.map { ConvolutionNames.inceptionUnit("\(root)\($0.name)") }
    let modules = Self.modules.flatMap { $0.units(root: root) }
    return (stem + modules).flatMap(\.tensors)
  }

  static func understands(_ name: ArchitectureName) -> Bool {
    switch name.library {
    case .torchvision: name.model == "inception_v3"
    case .timm: ["", "tf_", "adv_", "gluon_"].contains { name.model == "\($0)inception_v3" }
    default: false
    }
  }

  /// timm's ports from TensorFlow as well: the network has next to no padding.
  static func conventions(of name: ArchitectureName) -> Conventions { Conventions(epsilon: 1e-3) }

  static func templates(for names: TensorNames) -> [InceptionV3Layout] { [InceptionV3Layout(root: "")] }

  func member(in state: StateDictionary) -> ArchitectureMember {
    ArchitectureMember(
      name: ArchitectureName(.torchvision, "inception_v3"), description: "an Inception v3",
      fits: { _ in true })
  }

  func assumptions(as name: ArchitectureName, isGiven: Bool, recipe: Recipe) -> [String] {
    Self.transformAssumption(as: name, recipe: recipe)
      + (isGiven ? [] : ["batch-norm epsilon: 0.001 as \(name)"])
  }

  /// torchvision's pretrained Inceptions are made with `transform_input=True`, which turns its usual normalization into
  /// (x − ½) / ½: the recipe's mean and deviation here.
  static func transformAssumption(as name: ArchitectureName, recipe: Recipe) -> [String] {
    guard name.library == .torchvision, recipe.mean == [0.5, 0.5, 0.5] else { return [] }
    return [
      "preprocessing: transform_input=True as torchvision's pretrained weights, so mean and deviation are 0.5; for "
        + "weights trained without it --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225"
    ]
  }

  func build(_ builder: inout NetworkBuilder) throws -> ValueID {
    var x: ValueID = 0
    for (index, unit) in Self.stem.enumerated() {
      x = try builder.convolution(
        .inceptionUnit("\(root)\(unit.name)"), of: x, kernel: unit.kernel, stride: unit.stride,
        padding: unit.isPadded ? nil : Padding.none, activation: .relu)
      guard index == 2 || index == 4 else { continue }
      let pooling = Pooling(kernel: Size2D(3), stride: Size2D(2))
      x = try builder.append("\(root)maxpool\(index / 2)", .maxPool(pooling), x)
    }
    for module in Self.modules { x = try builder.inception(module, root: root, of: x) }
    return x
  }
}
