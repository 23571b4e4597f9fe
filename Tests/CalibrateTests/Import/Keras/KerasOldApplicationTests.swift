import Calibrate
import Quant
import TestSupport
import Testing

/// Networks of keras.applications under the names and in the forms that they had once, from weights alone.
@Suite struct KerasOldApplicationTests {
  static let all = KerasGoldenSet.old.cases()
  static let residual = all.filter { $0.id.hasPrefix("resnet50") }
  static let minimalistic = all.filter { $0.id.hasPrefix("mobilenet") }

  private func network(
    _ golden: KerasGolden, _ groups: [KerasWeightGroup], head: HeadReading = .automatic
  ) throws -> FloatNetwork {
    let source = KerasSource(configuration: nil, version: golden.version, weights: .layers(groups))
    return try source.network(ImportOptions(inputSize: golden.size, head: head))
  }

  private func check(_ network: FloatNetwork, _ golden: KerasGolden) throws {
    let application = try #require(golden.fields["application"]?.string)
    #expect(network.architecture == "keras/\(application)")
    let outputs = try KerasGolden.run(network)
    let embedding = try #require(outputs["embedding"])
    let error = KerasGolden.error(embedding, try golden.embedding())
    #expect(error <= 1e-4, "\(golden.id)")
  }

  /// With the layers without weights, as files name them too.
  private func groups(_ golden: KerasGolden, zeros: Bool = false) throws -> [KerasWeightGroup] {
    let bare = try #require(golden.fields["bare"]?.array).compactMap(\.string)
    return try bare.map { KerasWeightGroup(name: $0, variables: []) } + golden.groups(zeros: zeros)
  }

  /// `res2a_branch2a_W:0`, as in the files that were published.
  private func namedByKeras1(_ groups: [KerasWeightGroup]) -> [KerasWeightGroup] {
    let names = [
      "kernel": "W", "bias": "b", "moving_mean": "running_mean", "moving_variance": "running_std",
    ]
    return groups.map { group in
      let variables = group.variables.map { variable in
        let base = String(variable.name.split(separator: ":")[0].split(separator: "/").last ?? "")
        return KerasWeightGroup.Variable(
          name: "\(group.name)_\(names[base] ?? base):0", tensor: variable.tensor)
      }
      return KerasWeightGroup(name: group.name, variables: variables)
    }
  }

  @Test func hasCases() {
    #expect(Self.residual.count == 3)
    #expect(Self.minimalistic.count == 4)
  }

  /// What pads before the first block is told by layers without weights.
  @Test(arguments: residual)
  func equalsResNet50OfItsVersion(golden: KerasGolden) throws {
    let network = try network(golden, groups(golden))
    #expect(network.recipe.name == "keras-caffe")
    #expect(!network.assumptions.contains { $0.hasPrefix("padding:") })
    try check(network, golden)
  }

  @Test func readsTheVariablesOfKeras1() throws {
    let golden = try #require(Self.residual.first { $0.id == "resnet50-first" })
    try check(network(golden, namedByKeras1(groups(golden))), golden)
  }

  /// Without such layers the first form is taken, and said.
  @Test func saysWhatItAssumesOfPadding() throws {
    let golden = try #require(Self.residual.first { $0.id == "resnet50-first" })
    let told = try network(golden, groups(golden, zeros: true))
    let assumed = try network(golden, golden.groups(zeros: true))
    #expect(assumed.assumptions.contains { $0.hasPrefix("padding: by 3") })
    #expect(assumed.graph.nodes.map(\.operation) == told.graph.nodes.map(\.operation))
  }

  @Test func readsTheOldTopAsClassifier() throws {
    let golden = try #require(Self.residual.first)
    let zeros = FloatTensor(shape: [2048, 1000], elements: .init(repeating: 0, count: 2_048_000))
    let top = KerasWeightGroup(
      name: "fc1000",
      variables: [
        .init(name: "fc1000/kernel:0", tensor: zeros),
        .init(
          name: "fc1000/bias:0",
          tensor: FloatTensor(shape: [1000], elements: .init(repeating: 0, count: 1000))),
      ])
    let graph = try network(golden, groups(golden, zeros: true) + [top]).graph
    let embedding = try #require(graph.output(named: "embedding"))
    let logits = try #require(graph.output(named: "logits"))
    #expect(graph.shapes[embedding].elementCount == 2048)
    #expect(graph.shapes[logits].elementCount == 1000)
  }

  @Test(arguments: minimalistic)
  func equalsMinimalisticMobileNetV3(golden: KerasGolden) throws {
    try check(network(golden, golden.groups()), golden)
  }

  @Test(arguments: minimalisticOfKeras3)
  func equalsMinimalisticMobileNetV3FromNumbers(golden: KerasGolden) throws {
    let source = KerasSource(
      configuration: nil, version: nil, weights: .checkpoint(try golden.checkpoint()))
    try check(source.network(ImportOptions(inputSize: golden.size)), golden)
  }

  /// Names alone would not tell it from the usual one, kernels do.
  @Test func leavesTheUsualMobileNetV3ToItself() throws {
    for id in ["mobilenetv3small", "mobilenetv3large"] {
      let network = try KerasGolden.named(id).source(configured: false, zeros: true).network(ImportOptions())
      #expect(network.architecture == "keras/\(id)")
    }
  }
}

/// Not within the attribute: Swift 6.0 fails on closures there.
private let minimalisticOfKeras3 = KerasOldApplicationTests.minimalistic.filter { !$0.id.hasSuffix("keras2") }
