import Quant

/// Named tensors as a training framework saves them, in the file's order.
///
/// - Invariant: names are unique; every tensor is finite after `checkedFinite`.
public struct StateDictionary: Sendable {
  public private(set) var names: [String] = []
  private var tensors: [String: FloatTensor] = [:]

  public init() {}

  public subscript(name: String) -> FloatTensor? { tensors[name] }

  public var count: Int { names.count }

  /// Adds a tensor; a name that is there already is replaced and keeps its place.
  public mutating func set(_ name: String, _ tensor: FloatTensor) {
    if tensors.updateValue(tensor, forKey: name) == nil { names.append(name) }
  }
}
