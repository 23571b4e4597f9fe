import CInt8Kernels

/// The weights of a layer: an array of its own, or bytes of a model's file that are read where they stand.
public struct Int8Weights: Sendable {
  private enum Storage: Sendable {
    case array([Int8])
    case lent(LentBytes)
  }

  private var storage: Storage

  public init(_ elements: [Int8]) { storage = .array(elements) }

  /// - Parameter owner: keeps `bytes` valid and unchanged as long as it lives.
  package init(_ bytes: UnsafeRawBufferPointer, of owner: any WeightOwner) {
    storage = .lent(LentBytes(bytes: bytes.bindMemory(to: Int8.self), owner: owner))
  }

  /// Calls `body` with the elements; the pointer must not leave it.
  public func withUnsafeBufferPointer<Result>(
    _ body: (UnsafeBufferPointer<Int8>) throws -> Result
  ) rethrows -> Result {
    switch storage {
    case .array(let elements): try elements.withUnsafeBufferPointer(body)
    case .lent(let lent): try withExtendedLifetime(lent.owner) { try body(lent.bytes) }
    }
  }

  /// Tells the owner that the bytes will hardly be read again, so that they need not stay in memory.
  package func giveBack() {
    if case .lent(let lent) = storage { lent.owner.giveBack(UnsafeRawBufferPointer(lent.bytes)) }
  }

  /// Σ |w| over `range`.
  package func magnitude(of range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return withUnsafeBufferPointer { elements in
      guard let start = elements.baseAddress else { return 0 }
      return Int(i8k_magnitude(start + range.lowerBound, range.count))
    }
  }

  /// Whether a weight is −128.
  package var holdsLowest: Bool {
    withUnsafeBufferPointer { elements in
      guard let start = elements.baseAddress else { return false }
      return i8k_holds_lowest(start, elements.count)
    }
  }
}

/// What lends a model's weights: a mapped file.
package protocol WeightOwner: AnyObject, Sendable {
  /// The bytes will hardly be read again. They stay valid.
  func giveBack(_ bytes: UnsafeRawBufferPointer)
}

/// Bytes that nobody changes, with what keeps them.
private struct LentBytes: @unchecked Sendable {
  let bytes: UnsafeBufferPointer<Int8>
  let owner: any WeightOwner
}

extension Int8Weights: RandomAccessCollection, MutableCollection, RangeReplaceableCollection,
  ExpressibleByArrayLiteral
{
  public init() { self.init([]) }
  public init(arrayLiteral elements: Int8...) { self.init(elements) }

  public var startIndex: Int { 0 }

  public var endIndex: Int {
    switch storage {
    case .array(let elements): elements.count
    case .lent(let lent): lent.bytes.count
    }
  }

  public subscript(index: Int) -> Int8 {
    get {
      switch storage {
      case .array(let elements): return elements[index]
      case .lent(let lent):
        precondition(lent.bytes.indices.contains(index))
        return withExtendedLifetime(lent.owner) { lent.bytes[index] }
      }
    }
    set { change { $0[index] = newValue } }
  }

  public mutating func replaceSubrange(_ range: Range<Int>, with elements: some Collection<Int8>) {
    change { $0.replaceSubrange(range, with: elements) }
  }

  /// Changes the elements in place, as an array of their own.
  private mutating func change(_ body: (inout [Int8]) -> Void) {
    var elements: [Int8] =
      if case .array(let own) = storage { own } else { withUnsafeBufferPointer { Array($0) } }
    storage = .array([])
    body(&elements)
    storage = .array(elements)
  }
}

extension Int8Weights: Hashable {
  public static func == (a: Int8Weights, b: Int8Weights) -> Bool { a.elementsEqual(b) }

  public func hash(into hasher: inout Hasher) {
    withUnsafeBufferPointer { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

/// CRC-32C by this CPU's instruction.
package enum HardwareChecksum {
  package static let isAvailable = i8k_has_crc32c()

  /// The check's state after more bytes; it begins as all ones and ends inverted.
  ///
  /// - Precondition: `isAvailable`.
  package static func update(_ state: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
    guard let start = bytes.baseAddress else { return state }
    return i8k_crc32c(state, start, bytes.count)
  }
}
