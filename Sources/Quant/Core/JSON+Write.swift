extension JSON {
  /// The value as one line of JSON, or indented by two spaces a level.
  public func text(indented: Bool = false) -> String {
    var output = ""
    write(to: &output, indentation: indented ? 0 : nil)
    return output
  }

  private func write(to output: inout String, indentation: Int?) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .integer(let value): output += String(value)
    case .number(let value): output += JSON.decimal(value)
    case .string(let value): JSON.writeQuoted(value, to: &output)
    case .array(let values):
      JSON.writeList(values, brackets: ("[", "]"), to: &output, indentation: indentation) {
        value, output, inner in
        value.write(to: &output, indentation: inner)
      }
    case .object(let members):
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      JSON.writeList(sorted, brackets: ("{", "}"), to: &output, indentation: indentation) {
        member, output, inner in
        JSON.writeQuoted(member.key, to: &output)
        output += inner == nil ? ":" : ": "
        member.value.write(to: &output, indentation: inner)
      }
    }
  }

  /// Elements between brackets: on one line, or each on its own at `indentation` + 1 levels.
  private static func writeList<Element>(
    _ elements: [Element], brackets: (String, String), to output: inout String, indentation: Int?,
    element write: (Element, inout String, Int?) -> Void
  ) {
    output += brackets.0
    let inner = indentation.map { $0 + 1 }
    for (index, element) in elements.enumerated() {
      if index > 0 { output += "," }
      breakLine(to: &output, indentation: inner)
      write(element, &output, inner)
    }
    if !elements.isEmpty { breakLine(to: &output, indentation: indentation) }
    output += brackets.1
  }

  private static func breakLine(to output: inout String, indentation: Int?) {
    guard let indentation else { return }
    output += "\n" + String(repeating: "  ", count: indentation)
  }

  /// The shortest decimal that reads back to `value`; JSON has no other numbers than finite ones.
  private static func decimal(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func writeQuoted(_ value: String, to output: inout String) {
    output += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case "\u{0}"..."\u{1f}", "\u{7f}":
        let digits = String(scalar.value, radix: 16)
        output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }
}
