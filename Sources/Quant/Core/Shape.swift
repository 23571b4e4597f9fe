/// The extent of one value in a graph, without a batch dimension.
///
/// Maps are stored NHWC: the element (y, x, c) of a map stands at `(y · width + x) · channels + c`.
public enum Shape: Hashable, Sendable {
  /// A feature map with spatial extent: `Int8` in the quantized graph.
  case map(height: Int, width: Int, channels: Int)
  /// A vector without spatial extent: `Float` in both graphs.
  case vector(Int)

  public var elementCount: Int {
    switch self {
    case .map(let height, let width, let channels): height * width * channels
    case .vector(let count): count
    }
  }

  public var channels: Int {
    switch self {
    case .map(_, _, let channels): channels
    case .vector(let count): count
    }
  }

  public var height: Int {
    if case .map(let height, _, _) = self { height } else { 1 }
  }

  public var width: Int {
    if case .map(_, let width, _) = self { width } else { 1 }
  }

  public var isMap: Bool {
    if case .map = self { true } else { false }
  }
}

extension Shape: CustomStringConvertible {
  public var description: String {
    switch self {
    case .map(let height, let width, let channels): "\(height)×\(width)×\(channels)"
    case .vector(let count): "\(count)"
    }
  }
}

/// A pair of extents: kernel, stride, dilation, or a picture's size.
public struct Size2D: Hashable, Sendable, CustomStringConvertible {
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  public init(_ side: Int) { self.init(height: side, width: side) }

  public var description: String { "\(height)×\(width)" }
}

/// Rows and columns added on each side of a map; asymmetric for TensorFlow's `SAME`.
public struct Padding: Hashable, Sendable {
  public var top: Int
  public var left: Int
  public var bottom: Int
  public var right: Int

  public static let none = Padding(0)

  public init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  public init(_ all: Int) { self.init(top: all, left: all, bottom: all, right: all) }

  /// The padding that TensorFlow calls `SAME`: the output has ⌈input / stride⌉ rows and columns, and an odd
  /// remainder goes to the bottom and right.
  public static func same(input: Size2D, kernel: Size2D, stride: Size2D, dilation: Size2D = Size2D(1))
    -> Padding
  {
    func total(_ input: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
      let output = (input + stride - 1) / stride
      return max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - input)
    }
    let vertical = total(input.height, kernel.height, stride.height, dilation.height)
    let horizontal = total(input.width, kernel.width, stride.width, dilation.width)
    return Padding(
      top: vertical / 2, left: horizontal / 2, bottom: vertical - vertical / 2,
      right: horizontal - horizontal / 2)
  }
}
