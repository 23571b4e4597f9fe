import Quant

/// A value while a framework's graph is read: a node's result, with arithmetic on it that is not yet settled.
///
/// Frameworks write one operation as several nodes: x · σ(x), min(max(x + 3, 0), 6) / 6, (x / 255 − mean) / deviation.
/// The pending function is merged with what comes next, and becomes a node only when nothing takes it up.
package struct TracedValue: Hashable, Sendable {
  /// 0 is the network's input.
  package let value: ValueID
  /// Applied to `value`.
  package let pending: ChannelAffine

  package init(_ value: ValueID, pending: ChannelAffine = .identity) {
    self.value = value
    self.pending = pending
  }

  package var isPlain: Bool { pending.isIdentity }
}
