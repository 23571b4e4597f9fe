extension ActivationTable {
  /// Whether the table has 16 segments and no intermediate value leaves Int16, for every t and every shift
  /// the form allows.
  ///
  /// A table that is not valid is still computed alike by every kernel set, modulo 2¹⁶, but is not the
  /// function it was made for. Costs about a million steps: to be asked once a table when a model is made or
  /// loaded.
  package var isValid: Bool {
    guard a0.count == 16, a1.count == 16, a2.count == 16 else { return false }
    switch form {
    case .rectified: return (1...12).allSatisfy(isValidRectified(shift:))
    case .odd(let offset):
      return (0...32767).allSatisfy { u in
        guard let r = correction(u) else { return false }
        return Int16(exactly: Int(offset) + r) != nil && Int16(exactly: Int(offset) - r) != nil
      }
    }
  }

  private func isValidRectified(shift k: Int) -> Bool {
    let limit = (8 << k) - 1
    return (0...32767).allSatisfy { t in
      guard let r = correction(min(t, limit) << (12 - k)) else { return false }
      let step = rounded(r << (k - 1))
      return Int16(exactly: t - step) != nil && Int16(exactly: -step) != nil
    }
  }

  /// r of numerics.md "Activations on maps"; nil where it, or what leads to it, leaves Int16.
  private func correction(_ u: Int) -> Int? {
    let (i, x) = (u >> 11, (u & 2047) << 4)
    let linear = rounded(Int(a2[i]) * x) + Int(a1[i])
    guard Int16(exactly: linear) != nil else { return nil }
    let r = rounded(linear * x) + Int(a0[i])
    return Int16(exactly: r) == nil ? nil : r
  }

  private func rounded(_ product: Int) -> Int { (product + (1 << 14)) >> 15 }
}
