import EdgeTool
import Foundation
import Testing

/// Contrasts of the page's colours by WCAG 2.2's formula, in both colour schemes.
@Suite struct DriftPageStyleTests {
  /// The colours by name: those of the light scheme, and those that the dark one changes.
  private static func schemes() -> [[String: String]] {
    let parts = DriftPage.palette.components(separatedBy: "@media")
    let all = parts.map { part in
      var colours: [String: String] = [:]
      for declaration in part.split(whereSeparator: { ";{}".contains($0) }) {
        let words = declaration.split(separator: ":").map {
          $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        if words.count == 2, words[0].hasPrefix("--"), words[1].hasPrefix("#") {
          colours[words[0]] = words[1]
        }
      }
      return colours
    }
    return all
  }

  private static func luminance(_ colour: String) throws -> Double {
    let value = try #require(Int(colour.dropFirst(), radix: 16))
    let parts = [16, 8, 0].map { shift -> Double in
      let part = Double(value >> shift & 255) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    return zip([0.2126, 0.7152, 0.0722], parts).reduce(0.0) { $0 + $1.0 * $1.1 }
  }

  private static func contrast(_ a: String, _ b: String) throws -> Double {
    let (x, y) = (try luminance(a), try luminance(b))
    return (max(x, y) + 0.05) / (min(x, y) + 0.05)
  }

  @Test func everyColourStandsOut() throws {
    let schemes = Self.schemes()
    #expect(schemes.count == 2)
    #expect(try Self.contrast("#000000", "#ffffff") == 21)
    for colours in schemes {
      let (page, card) = (try #require(colours["--page"]), try #require(colours["--card"]))
      for name in ["--ink", "--quiet", "--mark"] {
        let colour = try #require(colours[name])
        #expect(try Self.contrast(colour, page) >= 4.5 && Self.contrast(colour, card) >= 4.5, "\(name)")
      }
      for name in ["--edge", "--second", "--shade0", "--shade1", "--shade2", "--shade3", "--area"] {
        let colour = try #require(colours[name])
        #expect(try Self.contrast(colour, page) >= 3, "\(name)")
      }
      let (ink, area) = (try #require(colours["--ink"]), try #require(colours["--area"]))
      #expect(try Self.contrast(ink, area) >= 3, "the outline over the area")
    }
  }
}
