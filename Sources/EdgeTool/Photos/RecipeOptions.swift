import Quant

/// Preprocessing as a command line says it: a preset, and parts that replace the preset's.
package struct RecipeOptions: Hashable, Sendable {
  /// nil for the architecture's own.
  package var preset: String?
  /// `256` (short side), `224x224` (height × width, straight) or `none`.
  package var resize: String?
  package var filter: String?
  /// `224` or `224x288`: the network's input.
  package var size: String?
  package var channels: String?
  package var scale: String?
  package var mean: String?
  package var deviation: String?
  package var orientation: String?
  package var background: String?
  /// `image`: each picture's own mean and deviation.
  package var standardize: String?

  package init() {}

  /// Whether nothing was said.
  package var isEmpty: Bool { self == RecipeOptions() }

  /// `--size`.
  package var inputSize: Size2D? {
    get throws { try size.map { try Self.size($0, option: "--size") } }
  }

  /// The recipe for `architecture`, whose importer proposes `proposed` for `inputSize`.
  ///
  /// - Throws: `InputError` (usage) naming the option whose value has no meaning.
  package func recipe(architecture: String, proposed: Recipe) throws -> Recipe {
    let base =
      try preset.map { try Recipe.preset($0, inputSize: inputSize, architecture: architecture) } ?? proposed
    var recipe = base
    if let inputSize = try inputSize { recipe.inputSize = inputSize }
    try applyParts(to: &recipe)
    if recipe != base { recipe.name = "custom" }
    try recipe.validate()
    return recipe
  }

  private func applyParts(to recipe: inout Recipe) throws {
    try applyValues(to: &recipe)
    if let resize { recipe.resize = try Self.resize(resize) }
    if let filter { recipe.filter = try Self.choice(filter, option: "--filter") }
    if let orientation { recipe.orientation = try Self.choice(orientation, option: "--orientation") }
    if let background {
      recipe.background = try Self.numbers(background, count: 3, option: "--background").map { value in
        guard let byte = UInt8(exactly: value) else {
          throw Self.fault("--background \(background)", "whole numbers 0…255", example: "255,255,255")
        }
        return byte
      }
    }
  }

  /// From bytes to the network's numbers.
  private func applyValues(to recipe: inout Recipe) throws {
    if let channels { recipe.channelOrder = try Self.choice(channels, option: "--channels") }
    if let standardize {
      recipe.standardization = try Self.choice(standardize, option: "--standardize")
      guard recipe.standardization == .none || (scale ?? mean ?? deviation) == nil else {
        throw InputError(
          .usage, "--standardize \(standardize)",
          "each picture's own mean and deviation leave no place for others",
          remedy: "leave out --scale, --mean and --std")
      }
      if recipe.standardization == .image { recipe.standardizeEachImage() }
    }
    if let scale { recipe.scale = try Self.numbers(scale, count: 1, option: "--scale")[0] }
    if let mean { recipe.mean = try Self.numbers(mean, count: 3, option: "--mean") }
    if let deviation { recipe.deviation = try Self.numbers(deviation, count: 3, option: "--std") }
  }

  private static func resize(_ text: String) throws -> Recipe.Resize {
    if text == "none" { return .none }
    if let side = Int(text) { return .shortSide(side) }
    return .exact(try size(text, option: "--resize"))
  }

  private static func size(_ text: String, option: String) throws -> Size2D {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count <= 2, let height = sides.first ?? nil, let width = sides.last ?? nil else {
      throw fault("\(option) \(text)", "a side or two, height first", example: "224 or 224x288")
    }
    return Size2D(height: height, width: width)
  }

  private static func numbers(_ text: String, count: Int, option: String) throws -> [Float] {
    let values = text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    let numbers = values.compactMap(\.self)
    guard values.count == count, numbers.count == count, numbers.allSatisfy(\.isFinite) else {
      throw count == 1
        ? fault("\(option) \(text)", "a number", example: "255")
        : fault(
          "\(option) \(text)", "\(count) numbers with commas between them", example: "0.485,0.456,0.406")
    }
    return numbers
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ text: String, option: String
  ) throws -> Choice {
    guard let choice = Choice(rawValue: text) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw InputError(
        .usage, "\(option) \(text)", "there is no such choice", remedy: "choose one of \(names)")
    }
    return choice
  }

  private static func fault(_ subject: String, _ form: String, example: String) -> InputError {
    InputError(.usage, subject, "the value should be \(form)", remedy: "for example \(example)")
  }
}
