/// Numbers for people: fixed decimals, thousands, bytes, times.
package enum Number {
  /// `value` with `decimals` digits behind the point, rounded half away from zero.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-∞" : "∞" }
    var power = 1.0
    for _ in 0..<decimals { power *= 10 }
    let scaled = (abs(value) * power).rounded(.toNearestOrAwayFromZero)
    guard scaled < 0x1p62 else { return value.description }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    return decimals == 0 ? sign + padded : sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  /// 0.0123 as `1.23 %`; what is not quite nothing is not `0 %`.
  package static func percent(_ share: Double) -> String {
    if share > 0 && share < 0.000_05 { return "< 0.01 %" }
    return fixed(100 * share, share == 0 || share == 1 ? 0 : 2) + " %"
  }

  /// Three digits that count, such as `12.3`, `0.0123`, `1230`; what is tiny is told by its power of ten.
  package static func significant(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return fixed(value, 0) }
    guard abs(value) >= 1e-4 else {
      var (scaled, power) = (value, 0)
      while abs(scaled) < 1 { (scaled, power) = (scaled * 10, power - 1) }
      return "\(fixed(scaled, 1))e\(power)"
    }
    var (limit, decimals) = (100.0, 0)
    while abs(value) < limit, decimals < 6 { (limit, decimals) = (limit / 10, decimals + 1) }
    return fixed(value, decimals)
  }

  /// `1234567` as `1 234 567`.
  package static func grouped(_ value: Int) -> String {
    var result = ""
    for (index, digit) in String(value.magnitude).enumerated() {
      if index > 0, (String(value.magnitude).count - index) % 3 == 0 { result += " " }
      result.append(digit)
    }
    return value < 0 ? "-" + result : result
  }

  /// As `5.3 MB`, powers of 1000 as file managers and `ls --si` count.
  package static func bytes(_ count: Int) -> String {
    switch count {
    case ..<1000: "\(count) bytes"
    case ..<1_000_000: fixed(Double(count) / 1e3, 1) + " kB"
    case ..<1_000_000_000: fixed(Double(count) / 1e6, 1) + " MB"
    default: fixed(Double(count) / 1e9, 2) + " GB"
    }
  }

  /// Seconds as `8 s`, `3 min 20 s`, `1 h 5 min`.
  package static func duration(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds, 0), 1e9))
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(whole % 60) s"
    default: return "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
  }

  /// `1 photo`, `2 photos`.
  package static func count(_ value: Int, _ noun: String) -> String {
    "\(grouped(value)) \(noun)\(value == 1 ? "" : "s")"
  }
}
