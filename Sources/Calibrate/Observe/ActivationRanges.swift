import Quant

/// What calibration found: the range of every channel of every map, and how it was chosen.
public struct ActivationRanges: Sendable, Hashable {
  /// By the name of the map.
  public var ranges: [String: ChannelRanges]
  /// The mean of each channel of every map, also of those that share their input's range, by name.
  public var means: [String: [Float]]
  /// How each map's scales are spread over its channels.
  public var shapes: [String: RangeShape]
  /// Settings and number of photos.
  public var settings: JSON

  public init(
    ranges: [String: ChannelRanges] = [:], means: [String: [Float]] = [:], shapes: [String: RangeShape] = [:],
    settings: JSON
  ) {
    self.ranges = ranges
    self.means = means
    self.shapes = shapes
    self.settings = settings
  }
}

extension ActivationRanges {
  public var json: JSON {
    var maps: [String: JSON] = [:]
    for (name, range) in ranges {
      var map: [String: JSON] = [
        "lower": .array(range.lower.map(JSON.float)), "upper": .array(range.upper.map(JSON.float)),
      ]
      if let shape = shapes[name] {
        map["alpha"] = .number(Double(shape.quarters) / 4)
        map["ratio"] = .float(shape.ratio)
      }
      maps[name] = .object(map)
    }
    return [
      "format": "edge ranges", "version": 1, "settings": settings, "maps": .object(maps),
      "means": .object(means.mapValues { .array($0.map(JSON.float)) }),
    ]
  }

  /// - Throws: `InputError` when `json` is not what `edge calibrate` writes.
  public init(json: JSON) throws {
    guard json["format"]?.string == "edge ranges" else {
      throw InputError(.malformed, "", "this is not a ranges file", remedy: "edge calibrate writes them")
    }
    guard json["version"]?.int == 1 else {
      throw InputError(.unsupported, "", "the ranges file is of another version")
    }
    self.init(settings: json["settings"] ?? .null)
    for (name, means) in try json.require("means", \.object) {
      guard let values = means.floats else {
        throw InputError(.malformed, name, "its means are no list of numbers")
      }
      self.means[name] = values
    }
    for (name, map) in try json.require("maps", \.object) {
      let lower = try map.require("lower", \.floats)
      let upper = try map.require("upper", \.floats)
      guard lower.count == upper.count, zip(lower, upper).allSatisfy({ $0 <= 0 && 0 <= $1 }) else {
        throw InputError(.malformed, name, "its ranges do not contain 0, or are of two lengths")
      }
      ranges[name] = ChannelRanges(lower: lower, upper: upper)
      if let alpha = map["alpha"]?.double, let ratio = map["ratio"]?.float, abs(alpha) <= 1 {
        shapes[name] = RangeShape(quarters: Int(alpha * 4), ratio: ratio)
      }
    }
  }
}

extension JSON {
  fileprivate var floats: [Float]? {
    guard let array else { return nil }
    let values = array.compactMap(\.float)
    return values.count == array.count ? values : nil
  }
}
