import Quant

/// How PyTorch names a type of numbers, and what of it is read.
package struct TorchElement: Hashable, Sendable {
  package let name: String
  package let byteCount: Int
  /// nil for numbers that are skipped but never weights: complex, quantized.
  package let type: ElementType?

  /// The type of a storage class such as `torch.FloatStorage`; nil when unknown.
  static func storage(_ global: String) -> TorchElement? {
    let name = global.split(separator: ".").last.map(String.init) ?? ""
    guard global.hasPrefix("torch."), name.hasSuffix("Storage") else { return nil }
    return storages[String(name.dropLast("Storage".count))]
  }

  /// The type that a global such as `torch.float32` names; nil when unknown.
  static func dtype(_ global: String) -> TorchElement? {
    guard global.hasPrefix("torch.") else { return nil }
    return dtypes[String(global.dropFirst("torch.".count))]
  }

  private static func known(_ type: ElementType) -> TorchElement {
    TorchElement(name: type.rawValue, byteCount: type.byteCount, type: type)
  }

  private static func skipped(_ name: String, _ byteCount: Int) -> TorchElement {
    TorchElement(name: name, byteCount: byteCount, type: nil)
  }

  private static let storages: [String: TorchElement] = [
    "Float": known(.f32), "Double": known(.f64), "Half": known(.f16),
    "BFloat16": known(.bf16), "Long": known(.i64), "Int": known(.i32), "Short": known(.i16),
    "Char": known(.i8), "Byte": known(.u8), "Bool": known(.bool), "Untyped": known(.u8),
    "ComplexFloat": skipped("complex64", 8), "ComplexDouble": skipped("complex128", 16),
    "QInt8": skipped("qint8", 1), "QUInt8": skipped("quint8", 1), "QInt32": skipped("qint32", 4),
  ]

  private static let dtypes: [String: TorchElement] = [
    "float32": known(.f32), "float": known(.f32), "float64": known(.f64),
    "double": known(.f64), "float16": known(.f16), "half": known(.f16),
    "bfloat16": known(.bf16), "int64": known(.i64), "int32": known(.i32), "int16": known(.i16),
    "int8": known(.i8), "uint8": known(.u8), "uint16": known(.u16), "uint32": known(.u32),
    "uint64": known(.u64), "bool": known(.bool), "complex64": skipped("complex64", 8),
    "complex128": skipped("complex128", 16), "float8_e4m3fn": skipped("float8_e4m3fn", 1),
    "float8_e5m2": skipped("float8_e5m2", 1),
  ]
}

/// The numbers that tensors look into, by the name under which the container keeps them.
package struct TorchStorage: Hashable, Sendable {
  package let key: String
  package let element: TorchElement
  /// Elements that the stream declares for the name `key`.
  package let wholeCount: Int
  /// Elements of this storage.
  package let count: Int
  /// Where this storage starts in the one of the name `key`: 0 but for views of early PyTorch versions.
  package let start: Int

  /// - Postcondition: `(start + count) · byteCount` does not overflow.
  package static let countLimit = 1 << 40
}

/// A strided look into a storage; all in elements.
///
/// - Invariant: rank, sides and product are within `TensorLimits`; every element lies inside the storage's declared count.
package struct TorchTensor: Hashable, Sendable {
  package let storage: Int
  package let element: TorchElement
  package let offset: Int
  package let shape: [Int]
  package let strides: [Int]
  package let elementCount: Int

  /// - Throws: `InputError` (malformed) when the tensor would reach outside a storage of `storageByteCount` bytes.
  init(
    storage: Int, element: TorchElement, storageByteCount: Int, offset: Int, shape: [Int], strides: [Int]
  ) throws {
    guard let elementCount = TensorLimits.elementCount(of: shape), strides.count == shape.count, offset >= 0,
      strides.allSatisfy({ $0 >= 0 })
    else {
      throw InputError(
        .malformed, "", "a tensor of the shape \(shape), the strides \(strides), offset \(offset)")
    }
    let capacity = storageByteCount / element.byteCount
    guard let reach = Self.reach(offset: offset, shape: shape, strides: strides), reach <= capacity else {
      throw InputError(
        .malformed, "", "a storage of \(capacity) elements is too small for a tensor of the shape \(shape)")
    }
    self.storage = storage
    self.element = element
    self.offset = offset
    self.shape = shape
    self.strides = strides
    self.elementCount = elementCount
  }

  /// One past the last element's place, 0 for an empty tensor; nil on overflow.
  private static func reach(offset: Int, shape: [Int], strides: [Int]) -> Int? {
    guard !shape.contains(0) else { return 0 }
    var reach = offset
    for (side, stride) in zip(shape, strides) {
      let (distance, overflow) = (side - 1).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = reach.addingReportingOverflow(distance)
      guard !overflow, !sumOverflow else { return nil }
      reach = sum
    }
    return reach == .max ? nil : reach + 1
  }

  /// Whether the elements stand in the storage one after the other, in row-major order.
  private var isContiguous: Bool {
    var expected = 1
    for (side, stride) in zip(shape, strides).reversed() where side != 1 {
      guard stride == expected else { return false }
      expected *= side
    }
    return true
  }

  /// The elements in row-major order as Float; nil when they are not floating-point numbers or `bytes`, the storage's,
  /// are too few.
  func floats(_ bytes: UnsafeRawBufferPointer) -> [Float]? {
    guard let type = element.type, elementCount > 0 else { return elementCount == 0 ? [] : nil }
    guard let reach = Self.reach(offset: offset, shape: shape, strides: strides),
      reach <= bytes.count / type.byteCount
    else { return nil }
    let start = offset * type.byteCount
    if isContiguous {
      return type.floats(UnsafeRawBufferPointer(rebasing: bytes[start...]), count: elementCount)
    }
    return type.floats(bytes, count: reach).map(gather)
  }

  /// Picks the elements out of the storage, as an odometer over all sides counts.
  private func gather(_ storage: [Float]) -> [Float] {
    var counters = [Int](repeating: 0, count: shape.count)
    var place = offset
    return (0..<elementCount).map { _ in
      let value = storage[place]
      for axis in shape.indices.reversed() {
        counters[axis] += 1
        place += strides[axis]
        if counters[axis] < shape[axis] { break }
        place -= shape[axis] * strides[axis]
        counters[axis] = 0
      }
      return value
    }
  }
}
