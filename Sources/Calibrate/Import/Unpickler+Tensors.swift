import Quant

extension Unpickler {
  /// The tensor that a call of PyTorch's rebuilding functions makes; nil for any other global.
  mutating func makeTensor(_ global: String, _ values: [PickleValue]) throws -> PickleValue? {
    switch global {
    case "torch._utils._rebuild_tensor" where values.count >= 4,
      "torch._utils._rebuild_tensor_v2" where values.count >= 6:
      return try makeTensor(values, dtype: nil)
    case "torch._utils._rebuild_tensor_v3" where values.count >= 7:
      return try makeTensor(values, dtype: values[6])
    case "torch._utils._rebuild_parameter" where values.count >= 2,
      "torch._utils._rebuild_parameter_with_state" where values.count >= 2,
      "torch.nn.parameter.Parameter" where values.count >= 1,
      "torch.nn.parameter.Buffer" where values.count >= 1:
      if case .tensor = values[0] { return values[0] }
      return nil
    case "torch._tensor._rebuild_from_type_v2" where values.count == 4:
      guard let function = heap.globalName(values[0]), function != global,
        let arguments = heap.tupleElements(values[2])
      else { return nil }
      return try makeTensor(function, arguments)
    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3":
      throw fault("\(global) with \(values.count) arguments")
    default: return nil
    }
  }

  private mutating func makeTensor(_ values: [PickleValue], dtype: PickleValue?) throws -> PickleValue {
    guard case .storage(let index) = values[0], case .integer(let offset) = values[1],
      let shape = integers(values[2]), let strides = integers(values[3])
    else { throw fault("a tensor without storage, offset, shape and strides") }
    let storage = heap.storages[index]
    var element = storage.element
    if let dtype {
      let name = heap.globalName(dtype) ?? "something else"
      guard let named = TorchElement.dtype(name) else {
        throw InputError(.unsupported, "", "a tensor of \(name)", remedy: "save the weights as float32")
      }
      element = named
    }
    let tensor = try TorchTensor(
      storage: index, element: element, storageByteCount: storage.count * storage.element.byteCount,
      offset: offset, shape: shape, strides: strides)
    heap.tensors.append(tensor)
    return .tensor(heap.tensors.count - 1)
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = heap.elements(value), elements.count <= 64 else { return nil }
    let integers = elements.compactMap { if case .integer(let number) = $0 { number } else { nil } }
    return integers.count == elements.count ? integers : nil
  }

  /// What a persistent identifier stands for: `('storage', type, key, device, count[, view])`, or an early version's
  /// `('module', class, file, source)`, which is the class.
  mutating func persistent(_ identifier: PickleValue) throws -> PickleValue {
    guard let values = heap.tupleElements(identifier), case .string(let kind)? = values.first else {
      throw fault("a persistent identifier that is no tuple")
    }
    switch (kind, values.count) {
    case ("storage", 5), ("storage", 6): return try makeStorage(values)
    case ("module", 4): return values[1]
    default: throw fault("a persistent identifier of \(values.count) parts")
    }
  }

  private mutating func makeStorage(_ values: [PickleValue]) throws -> PickleValue {
    guard let global = heap.globalName(values[1]), let key = text(values[2]),
      case .integer(let count) = values[4], (0...TorchStorage.countLimit).contains(count)
    else { throw fault("a storage without type, key and size") }
    guard let element = TorchElement.storage(global) else {
      throw InputError(.unsupported, "", "a storage of the type \(global)")
    }
    let view = try values.count == 6 ? self.view(values[5], of: count) : nil
    heap.storages.append(
      TorchStorage(
        key: key, element: element, wholeCount: count, count: view?.count ?? count, start: view?.start ?? 0))
    return .storage(heap.storages.count - 1)
  }

  /// Keys are strings; early versions on Python 2 wrote numbers.
  private func text(_ value: PickleValue) -> String? {
    switch value {
    case .string(let text): text
    case .integer(let number): String(number)
    default: nil
    }
  }

  /// The part `(key, offset, count)` of a storage of `count` elements; nil for all of it.
  private func view(_ value: PickleValue, of count: Int) throws -> (start: Int, count: Int)? {
    if value == .none { return nil }
    guard let parts = heap.tupleElements(value), parts.count == 3, case .integer(let start) = parts[1],
      case .integer(let length) = parts[2], start >= 0, length >= 0, start <= count, length <= count - start
    else { throw fault("a view that does not fit its storage") }
    return (start, length)
  }
}
