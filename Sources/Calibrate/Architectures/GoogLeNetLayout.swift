import Quant

/// Which tensors a GoogLeNet has, in torchvision's names.
///
/// Source: Szegedy et al., "Going Deeper with Convolutions", with batch normalization and, as torchvision has it, 3×3 in
/// place of the modules' 5×5.
struct GoogLeNetLayout {
  /// What stands before every name: empty, or ending with a dot.
  let root: String

  /// By stage; a pooling of stride 2 precedes each.
  static let stages: [[InceptionModule]] = [
    ["3a", "3b"], ["4a", "4b", "4c", "4d", "4e"], ["5a", "5b"],
  ].map { stage in stage.map { module("inception\($0)") } }

  private static func module(_ name: String) -> InceptionModule {
    InceptionModule(
      name: name,
      branches: [
        .init(units: [.init("branch1")]), .init(units: [.init("branch2.0"), .init("branch2.1", 3)]),
        .init(units: [.init("branch3.0"), .init("branch3.1", 3)]),
        .init(pool: .maximum, units: [.init("branch4.1")]),
      ])
  }

  private func unit(_ name: String) -> ConvolutionNames { .inceptionUnit("\(root)\(name)") }
}

extension GoogLeNetLayout: ArchitectureFamily {
  static let summary = "GoogLeNet"
  static let nameExamples = "torchvision/googlenet"

  init?(_ names: TensorNames) {
    guard let root = names.root(before: "inception3a.branch1.conv.weight") else { return nil }
    self.root = root
  }

  var title: String { "GoogLeNet" }
  var poolName: String { "\(root)avgpool" }
  var trainingLayers: [String] { ["\(root)aux1", "\(root)aux2"] }

  var tensors: [String] {
    let stem = ["conv1", "conv2", "conv3"].map(unit)
    let modules = Self.stages.joined().flatMap { $0.units(root: root) }
    return (stem + modules).flatMap(\.tensors)
  }

  static func understands(_ name: ArchitectureName) -> Bool {
    name == ArchitectureName(.torchvision, "googlenet")
  }

  static func conventions(of name: ArchitectureName) -> Conventions { Conventions(epsilon: 1e-3) }

  static func templates(for names: TensorNames) -> [GoogLeNetLayout] { [GoogLeNetLayout(root: "")] }

  func member(in state: StateDictionary) -> ArchitectureMember {
    ArchitectureMember(
      name: ArchitectureName(.torchvision, "googlenet"), description: "a GoogLeNet", fits: { _ in true })
  }

  func assumptions(as name: ArchitectureName, isGiven: Bool, recipe: Recipe) -> [String] {
    InceptionV3Layout.transformAssumption(as: name, recipe: recipe)
      + (isGiven ? [] : ["batch-norm epsilon: 0.001 as \(name)"])
  }

  func build(_ builder: inout NetworkBuilder) throws -> ValueID {
    var x = try builder.convolution(unit("conv1"), of: 0, kernel: 7, stride: 2, activation: .relu)
    x = try builder.ceilingPool("\(root)maxpool1", kernel: 3, of: x)
    x = try builder.convolution(unit("conv2"), of: x, kernel: 1, activation: .relu)
    x = try builder.convolution(unit("conv3"), of: x, kernel: 3, activation: .relu)
    for (index, modules) in Self.stages.enumerated() {
      x = try builder.ceilingPool("\(root)maxpool\(index + 2)", kernel: index == 2 ? 2 : 3, of: x)
      for module in modules { x = try builder.inception(module, root: root, of: x) }
    }
    return x
  }
}
