import Quant

extension Unpickler {
  // MARK: - Containers

  mutating func runContainer(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: ")"): try push(heap.makeTuple([]))
    case UInt8(ascii: "t"), 0x91: try push(heap.makeTuple(popToMark()))
    case 0x85: try push(heap.makeTuple(pop(1)))
    case 0x86: try push(heap.makeTuple(pop(2)))
    case 0x87: try push(heap.makeTuple(pop(3)))
    case UInt8(ascii: "]"), 0x8f: try push(heap.makeList([]))
    case UInt8(ascii: "l"): try push(heap.makeList(popToMark()))
    case UInt8(ascii: "}"): try push(heap.makeDictionary([]))
    case UInt8(ascii: "d"): try push(heap.makeDictionary(entries(popToMark())))
    case UInt8(ascii: "a"): try append(pop(1))
    case UInt8(ascii: "e"), 0x90: try append(popToMark())
    case UInt8(ascii: "s"): try set(entries(pop(2)))
    case UInt8(ascii: "u"): try set(entries(popToMark()))
    default: return false
    }
    return true
  }

  private func entries(_ values: [PickleValue]) throws -> [PickleHeap.Entry] {
    guard values.count.isMultiple(of: 2) else { throw fault("a key without a value") }
    return stride(from: 0, to: values.count, by: 2).map {
      PickleHeap.Entry(key: values[$0], value: values[$0 + 1])
    }
  }

  private mutating func append(_ values: [PickleValue]) throws {
    switch try top() {
    case .list(let index): heap.sequences[index].append(contentsOf: values)
    case .object: break
    default: throw fault("elements are added to something that is no list")
    }
  }

  private mutating func set(_ entries: [PickleHeap.Entry]) throws {
    switch try top() {
    case .dictionary(let index): heap.dictionaries[index].append(contentsOf: entries)
    case .object: break
    default: throw fault("items are set on something that is no dictionary")
    }
  }

  // MARK: - Objects

  mutating func runObject(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: "c"): try push(heap.makeGlobal(readLine(), readLine()))
    case 0x93:
      let names = try pop(2)
      guard case .string(let module) = names[0], case .string(let name) = names[1] else {
        throw fault("a global is not named by two strings")
      }
      try push(heap.makeGlobal(module, name))
    case UInt8(ascii: "R"), 0x81:
      let parts = try pop(2)
      try push(call(parts[0], parts[1]))
    case 0x92:
      let parts = try pop(3)
      try push(call(parts[0], parts[1]))
    case UInt8(ascii: "i"):
      let global = heap.makeGlobal(try readLine(), try readLine())
      try push(call(global, heap.makeTuple(popToMark())))
    case UInt8(ascii: "o"):
      let parts = try popToMark()
      guard let callee = parts.first else { throw fault("an object without a class") }
      try push(call(callee, heap.makeTuple(Array(parts.dropFirst()))))
    case UInt8(ascii: "b"): try build(pop())
    case UInt8(ascii: "Q"): try push(persistent(pop()))
    case UInt8(ascii: "P"):
      throw InputError(
        .unsupported, "", "a persistent identifier of protocol 0", remedy: "save with pickle_protocol=2")
    case 0x82, 0x83, 0x84: throw InputError(.unsupported, "", "an object of Python's extension registry")
    case 0x97, 0x98: throw InputError(.unsupported, "", "a buffer outside the stream")
    default: return false
    }
    return true
  }

  /// The state of an object is kept, attributes of a dictionary (`_metadata` of state dictionaries) are not needed.
  private mutating func build(_ state: PickleValue) throws {
    switch try top() {
    case .object(let index): heap.objects[index].state = state
    case .dictionary, .list: break
    default: throw fault("a state is given to something that is no object")
    }
  }

  /// What a call of `callee` makes: a tensor or a container for the few that are known, an inert record otherwise.
  private mutating func call(_ callee: PickleValue, _ arguments: PickleValue) throws -> PickleValue {
    guard let values = heap.tupleElements(arguments) else {
      throw fault("a call without a tuple of arguments")
    }
    guard let global = heap.globalName(callee) else {
      guard let object = heap.object(callee) else { throw fault("a call of something that is no function") }
      return heap.makeObject(object.global, arguments)
    }
    switch global {
    case "collections.OrderedDict", "builtins.dict": return try makeDictionary(values.first)
    case "collections.defaultdict": return heap.makeDictionary([])
    case "builtins.list", "builtins.set", "builtins.frozenset":
      return heap.makeList(values.first.flatMap { heap.elements($0) } ?? [])
    case "builtins.tuple", "torch.Size":
      return heap.makeTuple(values.first.flatMap { heap.elements($0) } ?? [])
    default: return try makeTensor(global, values) ?? heap.makeObject(global, arguments)
    }
  }

  private mutating func makeDictionary(_ source: PickleValue?) throws -> PickleValue {
    guard let source else { return heap.makeDictionary([]) }
    if let entries = heap.entries(source) { return heap.makeDictionary(entries) }
    guard let pairs = heap.elements(source) else { throw fault("a dictionary of something that is no list") }
    let values = pairs.flatMap { heap.elements($0) ?? [] }
    guard values.count == 2 * pairs.count else { throw fault("a dictionary of something that is no pairs") }
    return heap.makeDictionary(try entries(values))
  }
}
