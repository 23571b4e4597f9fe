/// Writes pickle streams one operation at a time, also such as Python never writes.
struct PickleAssembler {
  private(set) var bytes: [UInt8] = [0x80, 2]

  init() {}

  /// Operations, or their arguments, by their letters.
  func raw(_ text: String) -> PickleAssembler { raw(Array(text.utf8)) }

  func raw(_ more: [UInt8]) -> PickleAssembler {
    var copy = self
    copy.bytes += more
    return copy
  }

  func global(_ module: String, _ name: String) -> PickleAssembler { raw("c\(module)\n\(name)\n") }

  func string(_ text: String) -> PickleAssembler {
    raw("X").raw(little(UInt32(text.utf8.count))).raw(text)
  }

  func integer(_ value: Int) -> PickleAssembler {
    raw([0x8a, 8]).raw(little(UInt64(bitPattern: Int64(value))))
  }

  func integers(_ values: [Int]) -> PickleAssembler {
    values.reduce(raw("(")) { $0.integer($1) }.raw("t")
  }

  /// A storage by persistent identifier.
  func storage(_ key: String, type: String = "FloatStorage", count: Int) -> PickleAssembler {
    raw("(").string("storage").global("torch", type).string(key).string("cpu").integer(count).raw("tQ")
  }

  func tensor(
    key: String = "0", type: String = "FloatStorage", count: Int, offset: Int = 0, shape: [Int],
    strides: [Int]
  ) -> PickleAssembler {
    global("torch._utils", "_rebuild_tensor_v2").raw("(").storage(key, type: type, count: count)
      .integer(offset).integers(shape).integers(strides).raw([0x89]).raw("}tR")
  }

  /// The stream with its STOP.
  var stopped: [UInt8] { bytes + [UInt8(ascii: ".")] }
}

/// The parts one after the other; a sum of many is beyond Swift 6.0's type checker.
func joined(_ parts: [UInt8]...) -> [UInt8] { parts.flatMap { $0 } }

func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
