import Quant

/// Reads Python's pickle streams, protocols 0 to 5, without calling anything that they name.
///
/// Tensors, dictionaries, lists and numbers are built; a call of any other global becomes an inert record of its name
/// and arguments. Source: the comments of CPython's `pickletools.py`.
///
/// Memory: linear in the stream, and bounded by the limits below. Nothing recurses.
package struct Unpickler {
  package static let opcodeLimit = 1 << 23
  package static let stackLimit = 1 << 20
  package static let memoLimit = 1 << 20
  package static let markLimit = 1_000

  let input: ByteView
  /// The next byte to read.
  package var position: Int
  package var heap = PickleHeap()
  var stack: [PickleValue] = []
  /// Heights of the stack at the open marks, ascending.
  var marks: [Int] = []
  var memo: [PickleValue?] = []
  private var opcodeCount = 0

  package init(_ input: ByteView, at position: Int = 0) {
    self.input = input
    self.position = position
  }

  /// Reads one stream, from `position` to its STOP. Several streams may follow one another; they share the heap.
  ///
  /// - Throws: `InputError` (truncated, malformed, unsupported, too large) with the byte of the fault.
  package mutating func load() throws -> PickleValue {
    stack = []
    marks = []
    memo = []
    while true {
      let start = position
      do {
        opcodeCount += 1
        guard opcodeCount <= Self.opcodeLimit else { throw limit("more than \(Self.opcodeLimit) operations") }
        let opcode = try readByte()
        if opcode == UInt8(ascii: ".") { return try pop() }
        try run(opcode)
      } catch let error as InputError {
        throw error.inFile("pickle, byte \(start)")
      }
    }
  }

  func fault(_ reason: String) -> InputError { InputError(.malformed, "", reason) }
  func limit(_ reason: String) -> InputError { InputError(.tooLarge, "", reason) }

  // MARK: - Stack

  mutating func push(_ value: PickleValue) throws {
    guard stack.count < Self.stackLimit else { throw limit("more than \(Self.stackLimit) values at a time") }
    stack.append(value)
  }

  /// The highest value above the last mark is taken off.
  mutating func pop() throws -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw fault("the stack is empty")
    }
    return value
  }

  func top() throws -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else { throw fault("the stack is empty") }
    return value
  }

  mutating func pop(_ count: Int) throws -> [PickleValue] {
    guard stack.count - count >= marks.last ?? 0 else { throw fault("the stack is empty") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw fault("there is no mark") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  mutating func mark() throws {
    guard marks.count < Self.markLimit else { throw limit("nested deeper than \(Self.markLimit)") }
    marks.append(stack.count)
  }

  // MARK: - Memo

  mutating func remember(_ index: Int) throws {
    guard index >= 0, index < Self.memoLimit else { throw limit("a memo over \(Self.memoLimit) entries") }
    let value = try top()
    if index >= memo.count {
      memo.append(contentsOf: repeatElement(nil, count: index - memo.count + 1))
    }
    memo[index] = value
  }

  mutating func recall(_ index: Int) throws {
    guard memo.indices.contains(index), let value = memo[index] else {
      throw fault("the memo has no entry \(index)")
    }
    try push(value)
  }
}
