/// What a page must be that is one file, works without scripts, and is read by programs too.
package enum PageCheck {
  private static let void: Set<Substring> = ["meta", "img", "path", "rect", "!doctype"]

  /// Tags that do not match, ids that are not unique or not there, pictures without a text, anything from elsewhere.
  package static func faults(_ html: String) -> [String] {
    var faults: [String] = []
    var open: [Substring] = []
    var ids: Set<Substring> = []
    var wanted: Set<Substring> = []
    for tag in tags(html) {
      if tag.name.hasPrefix("/") {
        if open.last == tag.name.dropFirst() {
          open.removeLast()
        } else {
          faults.append("</\(tag.name.dropFirst())> closes \(open.last ?? "nothing")")
        }
      } else if !void.contains(tag.name), !tag.isEmpty {
        open.append(tag.name)
      }
      if let id = tag["id"], !ids.insert(id).inserted { faults.append("two of id \(id)") }
      for key in ["aria-labelledby", "aria-describedby"] {
        if let id = tag[key] { wanted.insert(id) }
      }
      faults += problems(of: tag)
      if let link = tag["href"] { wanted.insert(link.dropFirst()) }
    }
    faults += open.map { "<\($0)> is not closed" }
    faults += wanted.subtracting(ids).map { "there is no id \($0)" }.sorted()
    return faults
  }

  private static func problems(of tag: Tag) -> [String] {
    var faults: [String] = []
    if ["script", "link", "iframe", "object", "base"].contains(tag.name) { faults.append("<\(tag.name)>") }
    if tag.name == "img" {
      if tag["alt"] == nil { faults.append("a picture without alt") }
      if tag["src"]?.hasPrefix("data:image/jpeg;base64,") != true {
        faults.append("a picture from elsewhere")
      }
    }
    if tag.name == "svg", tag["role"] != "img" || tag["aria-labelledby"] == nil, tag["aria-hidden"] == nil {
      faults.append("an SVG without a name")
    }
    if tag.name == "th", tag["scope"] == nil { faults.append("a <th> without scope") }
    if let link = tag["href"], !link.hasPrefix("#") { faults.append("a link to \(link)") }
    for key in ["onclick", "onload", "onerror"] where tag[key] != nil {
      faults.append("\(key) in <\(tag.name)>")
    }
    return faults
  }

  private struct Tag {
    let name: Substring
    let text: Substring

    var isEmpty: Bool { text.hasSuffix("/") }

    subscript(attribute: String) -> Substring? {
      let marker = " \(attribute)=\""
      guard let start = text.firstRange(of: marker)?.upperBound else { return nil }
      return text[start...].prefix { $0 != "\"" }
    }
  }

  /// What stands between < and >, outside of <style>.
  private static func tags(_ html: String) -> [Tag] {
    var result: [Tag] = []
    var rest = html[...]
    while let start = rest.firstIndex(of: "<") {
      rest = rest[start...].dropFirst()
      guard let end = rest.firstIndex(of: ">") else { break }
      let text = rest[..<end]
      result.append(Tag(name: text.prefix { $0 != " " && $0 != "\n" }, text: text))
      rest = rest[end...].dropFirst()
    }
    return result
  }
}

extension Substring {
  fileprivate func firstRange(of other: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
      start = index(after: start)
    }
    return nil
  }
}
