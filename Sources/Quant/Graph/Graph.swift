/// A value of a graph: 0 is the graph's input, n + 1 the result of node n.
public typealias ValueID = Int

/// A network as a list of nodes in topological order, each with one result.
///
/// Nodes can only be appended, and `append` infers and checks shapes: a graph that exists is acyclic, every value is made
/// before it is used, and every node fits its inputs. A pass that changes a graph builds a new one.
///
/// `Parameters` is what a node carries besides its attributes: Float weights in `Calibrate`, Int8 weights in the engine.
public struct Graph<Parameters: Sendable>: Sendable {
  public struct Node: Sendable {
    /// Unique in the graph; the name of the node's result too.
    public let name: String
    public let operation: Operation
    public let inputs: [ValueID]
    public var parameters: Parameters
  }

  /// A named result of the graph, such as `embedding` or `logits`.
  public struct Output: Hashable, Sendable {
    public let name: String
    public let value: ValueID
  }

  public private(set) var nodes: [Node] = []
  /// The shape of every value; `shapes[0]` is the input's.
  public private(set) var shapes: [Shape]
  public private(set) var outputs: [Output] = []
  private var names: Set<String> = [Self.inputName]

  public static var inputName: String { "input" }

  /// - Throws: `InputError` when the shape is empty or over `GraphLimits`.
  public init(inputShape: Shape) throws {
    try GraphLimits.check(inputShape, of: Self.inputName)
    shapes = [inputShape]
  }

  public var inputShape: Shape { shapes[0] }

  /// Adds a node and returns its result.
  ///
  /// - Throws: `InputError` naming the node when the name is taken, an input does not exist, attributes are out of range,
  ///   or shapes do not fit.
  @discardableResult
  public mutating func append(
    _ name: String, _ operation: Operation, inputs: [ValueID], parameters: Parameters
  ) throws -> ValueID {
    guard nodes.count < GraphLimits.nodes else {
      throw InputError(.tooLarge, name, "the graph has more than \(GraphLimits.nodes) nodes")
    }
    guard !names.contains(name) else { throw InputError(.malformed, name, "two nodes have this name") }
    guard inputs.allSatisfy({ shapes.indices.contains($0) }) else {
      throw InputError(.malformed, name, "it uses a value that no earlier node makes")
    }
    let shape: Shape
    do {
      shape = try operation.resultShape(of: inputs.map { shapes[$0] })
      try GraphLimits.check(shape, of: name)
    } catch let error as InputError {
      throw InputError(error.kind, name, error.reason, remedy: error.remedy)
    }
    names.insert(name)
    nodes.append(Node(name: name, operation: operation, inputs: inputs, parameters: parameters))
    shapes.append(shape)
    return nodes.count
  }

  /// Names `value` as a result of the graph.
  public mutating func addOutput(_ name: String, _ value: ValueID) throws {
    guard shapes.indices.contains(value) else {
      throw InputError(.malformed, name, "the output is a value that no node makes")
    }
    guard !outputs.contains(where: { $0.name == name }) else {
      throw InputError(.malformed, name, "two outputs have this name")
    }
    outputs.append(Output(name: name, value: value))
  }

  public func output(named name: String) -> ValueID? { outputs.first { $0.name == name }?.value }

  public func name(of value: ValueID) -> String { value == 0 ? Self.inputName : nodes[value - 1].name }

  /// The nodes that read each value, by index, in order.
  public var consumers: [[Int]] {
    var result = [[Int]](repeating: [], count: shapes.count)
    for (index, node) in nodes.enumerated() {
      for input in Set(node.inputs).sorted() { result[input].append(index) }
    }
    return result
  }

  /// Replaces the parameters of node `index`; attributes and shapes stay.
  public mutating func setParameters(_ parameters: Parameters, ofNode index: Int) {
    nodes[index].parameters = parameters
  }

  /// The same nodes and outputs with other parameters.
  public func mapParameters<Other: Sendable>(_ transform: (Node) throws -> Other) throws -> Graph<Other> {
    var result = try Graph<Other>(inputShape: inputShape)
    for node in nodes {
      try result.append(node.name, node.operation, inputs: node.inputs, parameters: transform(node))
    }
    for output in outputs { try result.addOutput(output.name, output.value) }
    return result
  }
}

/// What a graph from outside may ask for. `shared` limits keep a hostile file from allocating.
public enum GraphLimits {
  public static let nodes = 10_000
  public static let side = 1 << 24
  /// Elements of one value.
  public static let elements = 1 << 30

  static func check(_ shape: Shape, of name: String) throws {
    let sides: [Int]
    switch shape {
    case .map(let height, let width, let channels): sides = [height, width, channels]
    case .vector(let count): sides = [count]
    }
    var product = 1
    for side in sides {
      guard side > 0 else { throw InputError(.malformed, name, "a value of shape \(shape) is empty") }
      guard side <= Self.side else { throw InputError(.tooLarge, name, "a side of \(shape) is over 2²⁴") }
      product *= side
      guard product <= elements else {
        throw InputError(.tooLarge, name, "a value of shape \(shape) is over 2³⁰ elements")
      }
    }
  }
}
