import Quant

public typealias ElementType = SafetensorsFile.ElementType

extension ElementType {
  /// Whether the numbers can be weights: everything else only counts or indexes.
  public var isFloatingPoint: Bool {
    switch self {
    case .f16, .bf16, .f32, .f64: true
    default: false
    }
  }

  /// The `count` numbers at the start of `bytes` as Float; nil when `bytes` are fewer or the type is not a
  /// floating-point type. Exact but for F64, which is rounded to nearest, and beyond Float's range to infinity.
  public func floats(_ bytes: UnsafeRawBufferPointer, count: Int) -> [Float]? {
    guard isFloatingPoint, count >= 0, count <= bytes.count / byteCount else { return nil }
    return [Float](unsafeUninitializedCapacity: count) { output, initialized in
      convert(bytes, into: output, count: count)
      initialized = count
    }
  }

  /// - Precondition: `output` has room for `count` elements, `bytes` hold as many, the type is a floating-point type.
  private func convert(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Float>, count: Int
  ) {
    switch self {
    case .f16: Self.convert(bytes, into: output, count: count, Float.init(half:))
    case .bf16: Self.convert(bytes, into: output, count: count, Float.init(brain:))
    case .f64:
      Self.convert(bytes, into: output, count: count) { (bits: UInt64) in Float(Double(bitPattern: bits)) }
    default: Self.convert(bytes, into: output, count: count, Float.init(bitPattern:))
    }
  }

  @inline(__always)
  private static func convert<Bits: FixedWidthInteger>(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Float>, count: Int,
    _ value: (Bits) -> Float
  ) {
    let size = MemoryLayout<Bits>.size
    for index in 0..<count {
      output[index] = value(
        Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* size, as: Bits.self)))
    }
  }
}

extension Float {
  /// The value of an IEEE binary16, exactly. Swift's Float16 is missing on some platforms.
  init(half bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7fff) << 13
    if magnitude >= 0x0f80_0000 {
      self.init(bitPattern: sign | magnitude | 0x7f80_0000)
    } else {
      // Moves the exponent from a bias of 15 to 127; a power of two, so exact for subnormals too.
      let value = Float(bitPattern: magnitude) * 0x1p112
      self.init(bitPattern: sign | value.bitPattern)
    }
  }

  /// The value of a bfloat16: the upper half of a Float.
  init(brain bits: UInt16) { self.init(bitPattern: UInt32(bits) << 16) }
}
