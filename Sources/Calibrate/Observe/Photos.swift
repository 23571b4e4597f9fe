/// Prepared pictures by index, as calibration and drift read them: RGB bytes of the network's input size.
///
/// The order is the caller's and decides results: sort paths before. `pixels` is called from several threads.
public struct Photos: Sendable {
  public let count: Int
  private let load: @Sendable (Int) throws -> [UInt8]

  public init(count: Int, pixels: @escaping @Sendable (Int) throws -> [UInt8]) {
    self.count = count
    load = pixels
  }

  public func pixels(_ index: Int) throws -> [UInt8] { try load(index) }
}
