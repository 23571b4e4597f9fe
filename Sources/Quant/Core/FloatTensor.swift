/// A tensor of Float values with its shape; the elements stand in row-major order.
///
/// - Invariant: `elements.count` is the product of `shape`.
public struct FloatTensor: Hashable, Sendable {
  public let shape: [Int]
  public let elements: [Float]

  public init(shape: [Int], elements: [Float]) {
    precondition(shape.reduce(1, *) == elements.count)
    self.shape = shape
    self.elements = elements
  }
}
