import Quant

/// A PyTorch file taken apart: what was pickled, and the bytes of the storages that it refers to.
struct TorchContainer {
  let heap: PickleHeap
  let root: PickleValue
  /// The format in words, for reports.
  let format: String
  private let source: Source

  private enum Source {
    /// Members of the archive by storage key are in this folder.
    case archive(ZipArchive, folder: String)
    case stream([String: ByteView])
  }

  /// The bytes of a storage.
  ///
  /// - Throws: `InputError` (truncated, malformed) when they are missing or not as many as declared.
  func bytes(of storage: TorchStorage) throws -> ByteView {
    let whole = try wholeBytes(of: storage.key)
    // Bounded by `TorchStorage.countLimit`: no overflow.
    let declared = storage.wholeCount * storage.element.byteCount
    let start = storage.start * storage.element.byteCount
    guard whole.count == declared,
      let bytes = whole.slice(at: start, count: storage.count * storage.element.byteCount)
    else {
      throw InputError(
        .malformed, "storage \(storage.key)", "\(whole.count) bytes, but \(declared) are declared")
    }
    return bytes
  }

  private func wholeBytes(of key: String) throws -> ByteView {
    switch source {
    case .archive(let archive, let folder):
      guard let member = archive["\(folder)data/\(key)"] else {
        throw InputError(.truncated, "storage \(key)", "the archive does not hold it")
      }
      return try archive.contents(of: member)
    case .stream(let storages):
      guard let bytes = storages[key] else {
        throw InputError(.truncated, "storage \(key)", "the file does not hold it")
      }
      return bytes
    }
  }
}

// MARK: - Zip archive, since PyTorch 1.6

extension TorchContainer {
  init(_ archive: ZipArchive) throws {
    let pickles = archive.members.filter { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
    guard pickles.count == 1, let pickle = pickles.first else {
      throw InputError(
        .unsupported, "", "a zip archive with \(pickles.count) members data.pkl is no PyTorch file",
        remedy: "save the weights with torch.save(model.state_dict(), …)")
    }
    let folder = String(pickle.name.dropLast("data.pkl".count))
    guard archive["\(folder)constants.pkl"] == nil else {
      throw InputError(
        .unsupported, "", "a TorchScript archive",
        remedy: "save torch.jit.load(…).state_dict() with torch.save instead")
    }
    if let order = archive["\(folder)byteorder"], try !archive.contents(of: order).holds("little") {
      throw InputError(
        .unsupported, "", "the numbers are big-endian", remedy: "save on a little-endian machine")
    }
    var unpickler = Unpickler(try archive.contents(of: pickle))
    root = try unpickler.load()
    heap = unpickler.heap
    source = .archive(archive, folder: folder)
    format = "PyTorch (zip)"
  }
}

// MARK: - Bare stream, before

extension TorchContainer {
  /// 0x1950a86a20f9469cfc6c, by which the older files start.
  private static let magicNumber: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

  /// Whether `file` starts as the older files do: with a pickle of the magic number alone.
  static func isStream(_ file: ByteView) -> Bool {
    // The protocol stands before it, and from protocol 4 on the length of a frame.
    for start in [0, 2, 11] where file.byte(at: start) == 0x8a && file.byte(at: start + 1) == 10 {
      if file.slice(at: start + 2, count: 10)?.array == magicNumber { return true }
    }
    // Protocols 0 and 1 write it as a line.
    return file.holds("L119547037146038801333356L\n.")
  }

  init(stream file: ByteView) throws {
    var unpickler = Unpickler(file)
    _ = try unpickler.load()
    guard try unpickler.load() == .integer(1001) else {
      throw InputError(.unsupported, "", "an unknown version of PyTorch's older format")
    }
    let system = try unpickler.load()
    guard unpickler.heap.member("little_endian", of: system) == .bool(true) else {
      throw InputError(
        .unsupported, "", "the numbers are big-endian", remedy: "save on a little-endian machine")
    }
    root = try unpickler.load()
    let keys = try unpickler.load()
    heap = unpickler.heap
    source = .stream(try Self.readStorages(file, at: unpickler.position, keys: keys, heap: heap))
    format = "PyTorch (before 1.6)"
  }

  /// The storages that follow the streams, in the order of `keys`: a 64-bit count, then the elements.
  private static func readStorages(
    _ file: ByteView, at start: Int, keys: PickleValue, heap: PickleHeap
  ) throws -> [String: ByteView] {
    let elements = try elementsByKey(heap)
    var storages: [String: ByteView] = [:]
    var position = start
    for case .string(let key) in heap.elements(keys) ?? [] {
      guard let element = elements[key] else {
        throw InputError(.malformed, "storage \(key)", "nothing refers to it")
      }
      guard let count = file.integer(Int64.self, at: position), count >= 0,
        count <= TorchStorage.countLimit,
        let bytes = file.slice(at: position + 8, count: Int(count) * element.byteCount)
      else {
        throw InputError(
          .truncated, "storage \(key)", "the file ends before it",
          remedy: "the file is cut off, fetch or save it again")
      }
      guard storages.updateValue(bytes, forKey: key) == nil else {
        throw InputError(.malformed, "storage \(key)", "the file holds it twice")
      }
      position += 8 + bytes.count
    }
    return storages
  }

  private static func elementsByKey(_ heap: PickleHeap) throws -> [String: TorchElement] {
    var elements: [String: TorchElement] = [:]
    for storage in heap.storages {
      if let other = elements.updateValue(storage.element, forKey: storage.key), other != storage.element {
        throw InputError(.malformed, "storage \(storage.key)", "two types of numbers")
      }
    }
    return elements
  }
}
