extension Recipe {
  /// Sides that a recipe may name, in pixels.
  public static let sideRange = 1...8192

  /// - Throws: `InputError` (usage) that names the first part out of range: sides 1…8192, three finite means, three
  ///   finite positive deviations, a finite positive scale, a fraction in (0, 1], three background components.
  public func validate() throws {
    try Self.check(inputSize, "input size")
    switch resize {
    case .exact(let size): try Self.check(size, "resize")
    case .shortSide(let side): try Self.check(Size2D(side), "resize")
    case .centreFraction(let fraction, let size):
      try Self.check(size, "resize")
      try Self.require(fraction > 0 && fraction <= 1, "the centre fraction is not in (0, 1]")
    case .none: break
    }
    try Self.require(scale.isFinite && scale > 0, "the scale is not a positive number")
    try Self.require(mean.count == 3 && mean.allSatisfy(\.isFinite), "the mean is not three finite numbers")
    try Self.require(
      deviation.count == 3 && deviation.allSatisfy { $0.isFinite && $0 > 0 },
      "the deviation is not three positive numbers")
    try Self.require(
      standardization == .none || (scale == 1 && mean == [0, 0, 0] && deviation == [1, 1, 1]),
      "pictures that are standardized one by one have no other scale, mean or deviation")
    try Self.require(background == nil || background?.count == 3, "the background is not three numbers 0…255")
    try Self.require(!name.isEmpty && name.utf8.count <= 100, "the name is not 1…100 bytes long")
  }

  private static func require(_ condition: Bool, _ reason: String) throws {
    guard condition else { throw InputError(.usage, "preprocessing", reason) }
  }

  private static func check(_ size: Size2D, _ what: String) throws {
    try require(
      sideRange.contains(size.height) && sideRange.contains(size.width),
      "the \(what) \(size) is not within 1…8192")
  }
}

// MARK: - JSON

extension Recipe {
  /// The recipe as stored in a model; `init(json:)` reads it back exactly.
  public var json: JSON {
    var members = partsJSON.object ?? [:]
    // Absent where it is none, as in models of before it was there.
    if standardization != .none { members["standardization"] = .string(standardization.rawValue) }
    return .object(members)
  }

  private var partsJSON: JSON {
    [
      "name": .string(name), "resize": resize.json, "filter": .string(filter.rawValue),
      "input_size": inputSize.json, "channel_order": .string(channelOrder.rawValue), "scale": .float(scale),
      "mean": .array(mean.map(JSON.float)), "deviation": .array(deviation.map(JSON.float)),
      "orientation": .string(orientation.rawValue),
      "background": background.map { .array($0.map { .integer(Int($0)) }) } ?? .null,
    ]
  }

  /// - Throws: `InputError` (malformed) that names the part that is missing, of another type or out of range.
  public init(json: JSON) throws {
    self.init(
      name: try Self.part("name", of: json) { $0.string },
      resize: try Self.part("resize", of: json, Resize.init(json:)),
      filter: try Self.part("filter", of: json) { $0.string.flatMap(Filter.init) },
      inputSize: try Self.part("input_size", of: json, { try? Size2D(json: $0) }),
      channelOrder: try Self.part("channel_order", of: json) { $0.string.flatMap(ChannelOrder.init) },
      scale: try Self.part("scale", of: json) { $0.float },
      mean: try Self.part("mean", of: json, Self.floats),
      deviation: try Self.part("deviation", of: json, Self.floats),
      orientation: try Self.part("orientation", of: json) { $0.string.flatMap(Orientation.init) },
      background: try Self.background(of: json), standardization: try Self.standardization(of: json))
    do {
      try validate()
    } catch var error as InputError {
      error.kind = .malformed
      throw error
    }
  }

  private static func part<Value>(_ key: String, of json: JSON, _ read: (JSON) -> Value?) throws -> Value {
    guard let member = json[key], let value = read(member) else {
      throw InputError(.malformed, "preprocessing", "\"\(key)\" is missing or not what it should be")
    }
    return value
  }

  private static func floats(_ json: JSON) -> [Float]? {
    guard let values = json.array, values.count == 3 else { return nil }
    let floats = values.compactMap(\.float)
    return floats.count == values.count ? floats : nil
  }

  private static func standardization(of json: JSON) throws -> Standardization {
    guard let member = json["standardization"], member != .null else { return .none }
    return try part("standardization", of: json) { _ in member.string.flatMap(Standardization.init) }
  }

  private static func background(of json: JSON) throws -> [UInt8]? {
    guard let member = json["background"], member != .null else { return nil }
    let components: [UInt8] = try part("background", of: json) { member in
      guard let values = member.array, values.count == 3 else { return nil }
      let bytes = values.compactMap { $0.int.flatMap { UInt8(exactly: $0) } }
      return bytes.count == values.count ? bytes : nil
    }
    return components
  }
}

extension Recipe.Resize {
  fileprivate var json: JSON {
    switch self {
    case .exact(let size): ["exact": size.json]
    case .shortSide(let side): ["short_side": .integer(side)]
    case .centreFraction(let fraction, let size): ["centre_fraction": .float(fraction), "exact": size.json]
    case .none: "none"
    }
  }

  fileprivate init?(json: JSON) {
    if json.string == "none" {
      self = .none
    } else if let side = json["short_side"]?.int {
      self = .shortSide(side)
    } else if let size = try? Size2D(json: json["exact"]) {
      guard let fraction = json["centre_fraction"] else {
        self = .exact(size)
        return
      }
      guard let value = fraction.float else { return nil }
      self = .centreFraction(value, size)
    } else {
      return nil
    }
  }
}
