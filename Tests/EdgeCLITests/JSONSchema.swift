import Quant

/// A check of JSON values against the part of JSON Schema 2020-12 that Docs/schema uses; a keyword that it does not know
/// is a fault of the schema.
struct JSONSchema {
  private let root: JSON

  init(_ root: JSON) { self.root = root }

  /// What is wrong with `value`, line by line; none when it is as the schema says.
  func faults(_ value: JSON) -> [String] { faults(value, root, at: "$") }

  private static let annotations: Set<String> = ["$schema", "$id", "$defs", "title", "description"]

  private func faults(_ value: JSON, _ schema: JSON, at place: String) -> [String] {
    guard let keywords = schema.object else { return ["\(place): the schema is no object"] }
    var result: [String] = []
    for (keyword, argument) in keywords.sorted(by: { $0.key < $1.key }) {
      switch keyword {
      case "$ref": result += faults(value, referenced(argument), at: place)
      case "type": result += fault(typesMatch(value, argument), place, "is not of type \(argument.text())")
      case "enum":
        result += fault(argument.array?.contains(value) == true, place, "is none of \(argument.text())")
      case "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems":
        result += limit(keyword, value, argument, at: place)
      case "required":
        for key in argument.array ?? [] {
          result += fault(value[key.string ?? ""] != nil, place, "has no \(key.text())")
        }
      case "properties", "additionalProperties": break
      case "items":
        for (index, item) in (value.array ?? []).enumerated() {
          result += faults(item, argument, at: "\(place)[\(index)]")
        }
      default: result += fault(Self.annotations.contains(keyword), place, "unknown keyword \(keyword)")
      }
    }
    return result + memberFaults(value, keywords, at: place)
  }

  private func memberFaults(_ value: JSON, _ keywords: [String: JSON], at place: String) -> [String] {
    guard let members = value.object, let properties = keywords["properties"]?.object else { return [] }
    var result: [String] = []
    for (key, member) in members.sorted(by: { $0.key < $1.key }) {
      if let schema = properties[key] {
        result += faults(member, schema, at: "\(place).\(key)")
      } else {
        result += fault(keywords["additionalProperties"] != .bool(false), place, "has \(key) besides")
      }
    }
    return result
  }

  private func limit(_ keyword: String, _ value: JSON, _ argument: JSON, at place: String) -> [String] {
    let measured: Double? =
      switch keyword {
      case "minimum", "maximum": value.double
      case "minLength", "maxLength": value.string.map { Double($0.unicodeScalars.count) }
      default: value.array.map { Double($0.count) }
      }
    guard let measured, let limit = argument.double else { return [] }
    return fault(
      keyword.hasPrefix("min") ? measured >= limit : measured <= limit, place,
      "\(measured) breaks \(keyword) \(limit)")
  }

  /// `#/$defs/name`
  private func referenced(_ reference: JSON) -> JSON {
    let path = (reference.string ?? "").split(separator: "/").dropFirst()
    return path.reduce(root) { $0[String($1)] ?? .null }
  }

  private func typesMatch(_ value: JSON, _ types: JSON) -> Bool {
    (types.array ?? [types]).contains { type in
      switch (type.string, value) {
      case ("null", .null), ("boolean", .bool), ("integer", .integer), ("number", .integer),
        ("number", .number), ("string", .string), ("array", .array), ("object", .object):
        true
      default: false
      }
    }
  }

  private func fault(_ isRight: Bool, _ place: String, _ text: String) -> [String] {
    isRight ? [] : ["\(place) \(text)"]
  }
}
