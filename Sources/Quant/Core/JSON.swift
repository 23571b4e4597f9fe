/// A JSON value, for files of this package and of others. Foundation's coder stays out of the engine.
///
/// - Edge cases: keys are written sorted, numbers as the shortest decimals that read back to the same value, so equal
///   values are equal bytes. A repeated key, nesting over 64, a number without a finite Double and unpaired surrogates
///   are refused when reading.
public enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  /// The shortest decimal of a Float, not of the Double it widens to; a whole number is an integer, as it will be read.
  public static func float(_ value: Float) -> JSON {
    if let whole = Int(exactly: value), abs(whole) < 1 << 24 { return .integer(whole) }
    return .number(Double(value.description) ?? Double(value))
  }

  public static func strings(_ values: [String]) -> JSON { .array(values.map(JSON.string)) }
}

// MARK: - Access

extension JSON {
  public subscript(key: String) -> JSON? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var array: [JSON]? {
    if case .array(let values) = self { values } else { nil }
  }

  public var object: [String: JSON]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// A whole number, also when it was written as `1.0`.
  public var int: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  public var float: Float? { double.map { Float($0) }.flatMap { $0.isFinite ? $0 : nil } }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
  }
}
