import Quant

/// A layer's `config`, read with a check of every value. `null` is as good as absent, as in Keras itself.
struct KerasAttributes {
  let config: JSON
  /// The layer, with the models that it is in: `resnet50/conv1_conv`.
  let path: String

  static let sideLimit = 4096
  static let countLimit = 1 << 20

  subscript(key: String) -> JSON? {
    guard let value = config[key], value != .null else { return nil }
    return value
  }

  func fault(_ reason: String, remedy: String = "") -> InputError {
    InputError(.malformed, path, reason, remedy: remedy)
  }

  func unsupported(_ reason: String, remedy: String = "") -> InputError {
    InputError(.unsupported, path, reason, remedy: remedy)
  }

  func flag(_ key: String, default missing: Bool) throws -> Bool {
    guard let value = self[key] else { return missing }
    guard let flag = value.bool else { throw fault("its \(key) is not true or false") }
    return flag
  }

  func number(_ key: String, default missing: Double) throws -> Double {
    guard let value = self[key] else { return missing }
    guard let number = value.double, Float(number).isFinite else { throw fault("its \(key) is not a number") }
    return number
  }

  func text(_ key: String, default missing: String) throws -> String {
    guard let value = self[key] else { return missing }
    guard let text = value.string else { throw fault("its \(key) is not a text") }
    return text
  }

  /// A number of channels.
  func count(_ key: String, default missing: Int? = nil) throws -> Int {
    guard let value = self[key] else {
      if let missing { return missing }
      throw fault("it has no \(key)")
    }
    guard let count = value.int, (1...Self.countLimit).contains(count) else {
      throw fault("its \(key) is not a whole number from 1 to \(Self.countLimit)")
    }
    return count
  }

  /// Height and width, of a number or two.
  func size(_ key: String, default missing: Size2D? = nil) throws -> Size2D {
    guard let value = self[key] else {
      if let missing { return missing }
      throw fault("it has no \(key)")
    }
    let sides = value.int.map { [$0, $0] } ?? value.array?.map { $0.int ?? 0 } ?? []
    guard sides.count == 2, sides.allSatisfy({ (1...Self.sideLimit).contains($0) }) else {
      throw fault("its \(key) is not one or two whole numbers from 1 to \(Self.sideLimit)")
    }
    return Size2D(height: sides[0], width: sides[1])
  }

  /// One number, or one a channel.
  func numbers(_ key: String, default missing: [Double]? = nil) throws -> [Double] {
    guard let value = self[key] else {
      if let missing { return missing }
      throw fault("it has no \(key)")
    }
    guard let numbers = value.flatNumbers, !numbers.isEmpty, numbers.count <= Self.countLimit else {
      throw fault("its \(key) is neither a number nor a list of numbers")
    }
    return numbers
  }

  /// An axis, as a number or as a list of one.
  func axis(_ key: String, default missing: Int = -1) throws -> Int {
    guard let value = self[key] else { return missing }
    let single = value.array.flatMap { $0.count == 1 ? $0[0] : nil } ?? value
    guard let axis = single.int, (-8...8).contains(axis) else { throw fault("its \(key) is not one axis") }
    return axis
  }

  /// Whether `padding` is TensorFlow's SAME.
  func isSame() throws -> Bool {
    switch try text("padding", default: "valid").lowercased() {
    case "same": return true
    case "valid": return false
    case let other: throw unsupported("its padding is \"\(other)\"", remedy: "same and valid are computed")
    }
  }

  func requireChannelsLast() throws {
    let format = try text("data_format", default: "channels_last")
    guard format == "channels_last" else {
      throw unsupported(
        "its data format is \(format)", remedy: "build the model with channels_last and save it again")
    }
  }
}
