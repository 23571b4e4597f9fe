import Quant

/// Text and tables on their way into a page.
enum HTML {
  /// Text from files: nothing in it may act as markup, or turn the text around it.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in TerminalText.printable(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A file's or layer's name, which may be of any script and length.
  static func name(_ text: String) -> String { "<bdi class=\"name\">\(escaped(text))</bdi>" }

  /// As `0.01 to 2.5, half of them below 0.3`; nil for no numbers.
  static func spread(_ numbers: [Float]) -> String? {
    let sorted = numbers.map { Double($0) }.sorted()
    guard let least = sorted.first, let largest = sorted.last else { return nil }
    let middle = Number.significant(sorted[sorted.count / 2])
    return "\(Number.significant(least)) to \(Number.significant(largest)), half of them below \(middle)"
  }

  static func heading(_ level: Int, _ text: String, id: String) -> String {
    "<h\(level) id=\"\(id)\">\(escaped(text))</h\(level)>"
  }

  /// A table that scrolls sideways in a region of its own where the screen is narrow; the keyboard reaches it.
  ///
  /// - Parameters:
  ///   - headers: of the columns, as text.
  ///   - rows: cells as markup; the first of each names the row.
  ///   - numeric: the columns of numbers.
  static func table(
    id: String, caption: String, headers: [String], rows: [[String]], numeric: Set<Int>, style: String = ""
  ) -> String {
    func kind(_ column: Int) -> String { numeric.contains(column) ? " class=\"number\"" : "" }
    let head = headers.enumerated().map { "<th scope=\"col\"\(kind($0))>\(escaped($1))</th>" }
    let body = rows.map { row in
      let cells = row.enumerated().map { column, cell in
        column == 0 ? "<th scope=\"row\">\(cell)</th>" : "<td\(kind(column))>\(cell)</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    return """
      <div class="scroll" role="region" aria-labelledby="\(id)" tabindex="0">
      <table\(style.isEmpty ? "" : " class=\"\(style)\"")><caption id="\(id)">\(escaped(caption))</caption>
      <thead><tr>\(head.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody></table>
      </div>
      """
  }

  /// What is shown when its line is pressed.
  static func details(_ summary: String, _ content: String) -> String {
    "<details><summary>\(summary)</summary>\n\(content)\n</details>"
  }
}
