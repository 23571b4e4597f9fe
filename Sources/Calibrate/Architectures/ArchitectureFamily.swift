import Quant

/// A family of networks: how its members are recognized in a state dictionary, what `--architecture` calls them, what
/// tensors do not show, and their float graph.
///
/// A value is one member of the family, in one framework's names. A family is one file and one line of
/// `ArchitectureFamilies.all`.
protocol ArchitectureFamily {
  /// What is read of it, said to a person: "ResNet-18 to 152".
  static var summary: String { get }
  /// What `--architecture` takes for it, said to a person.
  static var nameExamples: String { get }
  static func understands(_ name: ArchitectureName) -> Bool
  static func conventions(of name: ArchitectureName) -> Conventions
  /// Whether the preprocessing of a network of this name is known, its input size at least.
  static func isSizeKnown(of name: ArchitectureName) -> Bool
  /// The name under which presets know it.
  static func presetName(of name: ArchitectureName) -> String
  /// What presets do not know of a network's preprocessing.
  static func adjust(_ recipe: inout Recipe, for name: ArchitectureName) throws
  /// Usual members in every naming, as large as `names` are: the nearest is told when none is recognized.
  static func templates(for names: TensorNames) -> [Self]

  /// The member whose anchor, a tensor that tells the naming, is among the names; nil without one.
  init?(_ names: TensorNames)
  /// What the network is called when its tensors do not fit.
  var title: String { get }
  /// The tensors up to the last map, in order, without optional biases of convolutions.
  var tensors: [String] { get }
  /// The kernels' sides that the family's code gives where another family's tensors are named alike.
  var kernels: [(tensor: String, side: Int)] { get }
  /// Layers that training alone needs; their tensors are left out.
  var trainingLayers: [String] { get }
  /// The function between a head's linear layers.
  func headActivation(of head: Head) -> Activation
  func member(in state: StateDictionary) throws -> ArchitectureMember
  /// What names and shapes did not settle, one line each; less when `isGiven`: a person or a config.json named it.
  func assumptions(as name: ArchitectureName, isGiven: Bool, recipe: Recipe) -> [String]
  /// The network's last value before the head.
  func build(_ builder: inout NetworkBuilder) throws -> ValueID
  /// What frameworks call the pooling after it.
  var poolName: String { get }
}

/// Which member of its family the tensors show.
struct ArchitectureMember {
  /// The commonest reading.
  let name: ArchitectureName
  /// With its article: "a bottleneck ResNet of 3, 4, 6, 3 blocks".
  let description: String
  /// Whether a network of this name, which the family understands, can have these tensors.
  let fits: (ArchitectureName) -> Bool
}

extension ArchitectureFamily {
  static func isSizeKnown(of name: ArchitectureName) -> Bool { true }
  static func presetName(of name: ArchitectureName) -> String { name.description }
  static func adjust(_ recipe: inout Recipe, for name: ArchitectureName) throws {}
  var kernels: [(tensor: String, side: Int)] { [] }
  var trainingLayers: [String] { [] }
  func headActivation(of head: Head) -> Activation { .relu }

  /// How far these tensors are the dictionary's: 1 when all of both are, a head aside.
  func likeness(to names: TensorNames, in state: StateDictionary) -> Double {
    let expected = tensors
    var shared = expected.filter(names.contains).count
    let union = expected.count + names.all.count - shared
    shared -= kernels.filter { state[$0.tensor].map(\.shape.last) != $0.side }.count
    return Double(max(0, shared)) / Double(max(1, union))
  }
}

/// The families that are read. Of two that are equally like, the earlier is taken.
enum ArchitectureFamilies {
  static var all: [any ArchitectureFamily.Type] {
    [
      ResNetLayout.self,
      EfficientNetLayout.self,
      MobileNetV2Layout.self,
      MobileNetV3Layout.self,
      MnasNetLayout.self,
      GoogLeNetLayout.self,
      InceptionV3Layout.self,
      DenseNetLayout.self,
      EfficientNetV2Layout.self,
    ]
  }

  /// The family whose tensors are most like the dictionary's, of those whose names are in it.
  static func recognize(_ names: TensorNames, in state: StateDictionary) -> (any ArchitectureFamily)? {
    nearest(of: all.compactMap { $0.init(names) }, to: names, in: state)
  }

  /// The first of the likeliest; nil when none has a tensor of the dictionary.
  static func nearest(
    of families: [any ArchitectureFamily], to names: TensorNames, in state: StateDictionary
  ) -> (any ArchitectureFamily)? {
    var best: (family: any ArchitectureFamily, likeness: Double)?
    for family in families {
      let likeness = family.likeness(to: names, in: state)
      if likeness > best?.likeness ?? 0 { best = (family, likeness) }
    }
    return best?.family
  }

  static func understanding(_ name: ArchitectureName) -> (any ArchitectureFamily.Type)? {
    all.first { $0.understands(name) }
  }

  /// "ResNet-18 to 152, …": what is read.
  static var summary: String { all.map { $0.summary }.joined(separator: ", ") }

  static var nameExamples: String { all.map { $0.nameExamples }.joined(separator: ", ") }
}
