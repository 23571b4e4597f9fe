import Quant

extension StateDictionary {
  /// The same dictionary, every element of which is finite.
  ///
  /// - Throws: `InputError` (malformed) naming the first tensor and element that is NaN or infinite.
  public func checkedFinite() throws -> StateDictionary {
    for name in names {
      guard let elements = self[name]?.elements, !Self.areFinite(elements) else { continue }
      let index = elements.firstIndex { !$0.isFinite } ?? 0
      throw InputError(
        .malformed, name, "the element \(index) is \(elements[index].isNaN ? "not a number" : "infinite")",
        remedy: "the training diverged or the file is damaged; use an earlier checkpoint")
    }
    return self
  }

  /// Whether no exponent is all ones. Without an early end, so that it is vectorized.
  private static func areFinite(_ elements: [Float]) -> Bool {
    var found: UInt32 = 0
    for element in elements {
      // The sum carries into the sign bit for an exponent of all ones alone.
      found |= (element.bitPattern & 0x7fff_ffff) &+ 0x0080_0000
    }
    return found & 0x8000_0000 == 0
  }
}
