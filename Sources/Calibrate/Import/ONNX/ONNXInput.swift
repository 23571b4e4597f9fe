import Quant

/// The picture that a graph reads: its name, size and layout.
struct ONNXInput {
  let name: String
  let size: Size2D
  let axes: [ONNXAxis]
  /// Whether the graph takes bytes, 0…255.
  let isBytes: Bool

  var shape: Shape { .map(height: size.height, width: size.width, channels: 3) }

  /// - Parameter asked: the size where the graph leaves it open.
  /// - Throws: `InputError` when there is not one picture of three channels, or its size is not known.
  init(_ inputs: [ONNXValueInfo], asked: Size2D?) throws {
    guard let input = inputs.first, inputs.count == 1 else {
      let names = inputs.prefix(4).map(\.name.short).joined(separator: ", ")
      throw InputError(
        .unsupported, "", "the graph has \(inputs.count) inputs (\(names))",
        remedy: "networks of one picture are read")
    }
    name = input.name
    let subject = input.name.short
    guard input.type == nil || input.type?.isFloatingPoint == true || input.type == .uint8 else {
      throw InputError(.unsupported, subject, "the input is of another type than float or bytes")
    }
    isBytes = input.type == .uint8
    guard let sides = input.shape, sides.count == 4 else {
      throw InputError(
        .unsupported, subject, "the input has \(input.shape?.count ?? 0) dimensions",
        remedy: "batches of pictures, N × 3 × H × W or N × H × W × 3, are read")
    }
    if case .fixed(let batch) = sides[0], batch != 1 {
      throw InputError(
        .unsupported, subject, "the graph is made for \(batch) pictures at a time",
        remedy: "export it with a batch of 1 or a dynamic one")
    }
    let isChannelsFirst = sides[1] == .fixed(3)
    guard isChannelsFirst || sides[3] == .fixed(3) else {
      throw InputError(
        .unsupported, subject, "neither the second nor the last dimension of the input is 3",
        remedy: "networks of RGB pictures are read")
    }
    axes = isChannelsFirst ? ONNXFeature.channelsFirst : ONNXFeature.channelsLast
    let first = isChannelsFirst ? 2 : 1
    size = Size2D(
      height: try Self.side(sides[first], asked?.height, subject),
      width: try Self.side(sides[first + 1], asked?.width, subject))
    if let asked, asked != size {
      throw InputError(
        .mismatch, subject, "the graph is made for pictures of \(size), not \(asked)",
        remedy: "leave out --size, or export with dynamic height and width")
    }
  }

  private static func side(_ side: ONNXValueInfo.Side, _ asked: Int?, _ name: String) throws -> Int {
    if case .fixed(let side) = side { return side }
    guard let asked else {
      throw InputError(
        .mismatch, name, "the graph leaves the picture's size open",
        remedy: "give it by --size, such as --size 224")
    }
    return asked
  }
}
