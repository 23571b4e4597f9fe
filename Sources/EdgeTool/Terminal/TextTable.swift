/// Rows of text in aligned columns, two spaces apart.
package struct TextTable {
  package enum Alignment { case left, right }

  private let columns: [Alignment]
  private var rows: [[String]] = []

  package init(_ columns: Alignment...) { self.columns = columns }

  package init(_ columns: [Alignment]) { self.columns = columns }

  /// - Precondition: a cell for every column.
  package mutating func add(_ cells: String...) {
    precondition(cells.count == columns.count)
    rows.append(cells.map(TerminalText.printable))
  }

  package mutating func add(row cells: [String]) {
    precondition(cells.count == columns.count)
    rows.append(cells.map(TerminalText.printable))
  }

  /// Several lines of a two-column table under one title; none without lines.
  package mutating func add(_ title: String, lines: [String]) {
    for (index, line) in lines.enumerated() { add(index == 0 ? title : "", line) }
  }

  /// One line a row, without trailing spaces.
  package func text(indentation: Int = 0) -> String {
    let widths = columns.indices.map { column in rows.map { TerminalText.width($0[column]) }.max() ?? 0 }
    var result = ""
    for row in rows {
      var line = String(repeating: " ", count: indentation)
      for (column, cell) in row.enumerated() {
        let gap = String(repeating: " ", count: widths[column] - TerminalText.width(cell))
        line += columns[column] == .left ? cell + gap : gap + cell
        line += "  "
      }
      while line.last == " " { line.removeLast() }
      result += line + "\n"
    }
    return result
  }
}

/// Text from files and names on its way to a terminal.
package enum TerminalText {
  /// Without what a terminal would obey or not show: names come from hostile files.
  package static func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { isPrintable($0) ? $0 : "?" }))
  }

  /// Columns that the text takes: wide East Asian characters and emoji take two.
  package static func width(_ text: String) -> Int {
    text.reduce(0) { $0 + (isWide($1) ? 2 : 1) }
  }

  /// `text` in at most `limit` columns, its middle left out for an ellipsis.
  package static func shortened(_ text: String, to limit: Int) -> String {
    guard width(text) > limit, limit > 4 else { return text }
    var head = ""
    var tail = ""
    for character in text where width(head) + width(String(character)) <= limit / 3 {
      head.append(character)
      if head.count >= limit / 3 { break }
    }
    for character in text.reversed() {
      guard width(tail) + width(head) + 2 <= limit else { break }
      tail = String(character) + tail
    }
    return head + "…" + tail
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    default: true
    }
  }

  private static func isWide(_ character: Character) -> Bool {
    guard let scalar = character.unicodeScalars.first else { return false }
    if scalar.properties.isEmojiPresentation { return true }
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x20000...0x3fffd:
      return true
    default: return false
    }
  }
}
