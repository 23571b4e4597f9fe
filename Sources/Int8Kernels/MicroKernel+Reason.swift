extension MicroKernel {
  /// Why `set` computes sums of `taps` times `depth` products with this kernel, in few words.
  func reason(in set: KernelSet, taps: Int = 1, depth: Int = Int(UInt16.max)) -> String {
    let passedOver = Self.candidates(for: operation, in: set).prefix { $0.entry != entry }
    if let better = passedOver.first {
      return better.obstacle(taps: taps, depth: depth) ?? "\(better.tile) does not reach so far"
    }
    if self.set != set { return "\(set.rawValue) has none of its own" }
    if leastProducts == 0 { return "\(set.rawValue)'s own" }
    return productsNeeded(taps: taps, depth: depth)
  }

  /// What keeps the kernel from paying.
  private func obstacle(taps: Int, depth: Int) -> String? {
    if leastProducts > taps * depth { return productsNeeded(taps: taps, depth: depth) }
    return leastDepth > depth ? "\(depth) products a tap, \(tile) needs \(leastDepth)" : nil
  }

  private func productsNeeded(taps: Int, depth: Int) -> String {
    "\(taps * depth) products a sum, \(tile) needs \(leastProducts)"
  }

  /// As its name has it: of a depthwise kernel's pixels packing knows nothing.
  private var tile: String {
    let words = name.split(separator: "_")
    let tile = words.first { $0.first?.isNumber == true } ?? ""
    return tile.split(separator: "x").joined(separator: "×")
  }
}
