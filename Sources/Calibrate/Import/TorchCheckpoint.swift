import Quant

/// Weights that PyTorch saved: `.pth`, `.pt`, `.bin`, `.ckpt`, of both containers.
public struct TorchCheckpoint: Sendable {
  public let state: StateDictionary
  /// The container in words.
  public let format: String
  /// What was chosen or left out, one line each.
  public let notes: [String]

  /// Reads the state dictionary in `file`. Nothing that the file names is called.
  ///
  /// - Throws: `InputError` without a file's name: truncated, malformed, unsupported (no state dictionary, tensors of
  ///   a foreign kind, TorchScript), too large.
  public static func load(_ file: ByteView) throws -> TorchCheckpoint {
    let isArchive = file.holds("PK")
    let container =
      isArchive ? try TorchContainer(ZipArchive(file)) : try TorchContainer(stream: file)
    return try load(container, fileByteCount: file.count)
  }

  static func load(_ container: TorchContainer, fileByteCount: Int) throws -> TorchCheckpoint {
    var search = TorchStateSearch(heap: container.heap)
    let found = try search.find(in: container.root)
    var reader = TorchTensorReader(container: container, fileByteCount: fileByteCount)
    let state = try reader.read(found, describe: search.describe)
    let (stripped, prefixes) = state.withoutTraining()
    return TorchCheckpoint(
      state: stripped, format: container.format, notes: search.notes + reader.notes + prefixes)
  }
}

/// Turns the tensors of a state dictionary into Float ones.
private struct TorchTensorReader {
  let container: TorchContainer
  let fileByteCount: Int
  private(set) var notes: [String] = []
  private var storages: [String: ByteView] = [:]
  private var elementCount = 0

  init(container: TorchContainer, fileByteCount: Int) {
    self.container = container
    self.fileByteCount = fileByteCount
  }

  mutating func read(
    _ found: TorchStateSearch.Found, describe: (PickleValue) -> String
  ) throws -> StateDictionary {
    var state = StateDictionary()
    var left: [String] = []
    for (name, value) in found {
      switch value {
      case .tensor(let index):
        if let tensor = try floatTensor(container.heap.tensors[index], name) {
          state.set(name, tensor)
        } else if !name.hasSuffix("num_batches_tracked") {
          left.append(name)
        }
      // An unknown object may stand for a tensor: to leave it out would be a guess.
      case .object:
        throw InputError(
          .unsupported, name, "a tensor made by \(describe(value)), which is not read",
          remedy: "save a plain float state dictionary")
      default: left.append(name)
      }
    }
    if !left.isEmpty {
      notes.append("left out what holds no float weights: \(Self.list(left))")
    }
    guard state.count > 0 else {
      throw InputError(.unsupported, "", "the state dictionary holds no tensors of floating-point numbers")
    }
    return state
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(4).joined(separator: ", ")
    return names.count > 4 ? "\(shown) and \(names.count - 4) more" : shown
  }

  /// nil for whole numbers and booleans, which are not weights.
  private mutating func floatTensor(_ tensor: TorchTensor, _ name: String) throws -> FloatTensor? {
    guard let type = tensor.element.type else {
      throw InputError(
        .unsupported, name, "numbers of the type \(tensor.element.name) are not read",
        remedy: "save the weights as float32")
    }
    guard type.isFloatingPoint else { return nil }
    try count(tensor, name)
    let storage = container.heap.storages[tensor.storage]
    do {
      let bytes = try self.bytes(of: storage)
      guard let elements = bytes.withUnsafeBytes({ tensor.floats($0) }) else {
        throw InputError(.malformed, "", "the storage \(storage.key) is too small")
      }
      return FloatTensor(shape: tensor.shape, elements: elements)
    } catch let error as InputError {
      throw error.inFile(name)
    }
  }

  /// Repeated looks into one storage must not make a small file large: together at most four times the file.
  private mutating func count(_ tensor: TorchTensor, _ name: String) throws {
    elementCount += tensor.elementCount
    guard elementCount <= max(fileByteCount, 1 << 16) * 4 else {
      throw InputError(.tooLarge, name, "the tensors repeat the file's numbers too often")
    }
  }

  private mutating func bytes(of storage: TorchStorage) throws -> ByteView {
    let key = "\(storage.key)/\(storage.start)/\(storage.count)/\(storage.element.byteCount)"
    if let bytes = storages[key] { return bytes }
    let bytes = try container.bytes(of: storage)
    storages[key] = bytes
    return bytes
  }
}
