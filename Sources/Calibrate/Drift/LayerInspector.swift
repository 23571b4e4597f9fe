import Int8Kernels
import Quant

/// Looks at one photo's layers after the other's: their errors in the model and, in detail, alone and what their elements
/// were.
///
/// A worker has one of its own.
final class LayerInspector {
  private let pairs: LayerPairs
  private let engine: Engine
  private let detail: Detail?

  /// What looking in detail takes.
  private final class Detail {
    let isRunnable: [Bool]
    let isolated: IsolatedLayers
    /// By pair; nil for vectors.
    let scales: [MapScale?]
    var tallies: [ChannelTally]

    init(_ pairs: LayerPairs, network: FloatNetwork, engine: Engine) {
      isRunnable = pairs.runnable(float: network.graph, int8: engine.graph)
      isolated = IsolatedLayers(engine)
      scales = pairs.pairs.map { pair in engine.quantization[pair.int8].map { MapScale($0) } }
      tallies = pairs.pairs.map { ChannelTally(channels: engine.graph.shapes[$0.int8].channels) }
    }
  }

  init(_ pairs: LayerPairs, network: FloatNetwork, engine: Engine, inDetail: Bool) {
    self.pairs = pairs
    self.engine = engine
    detail = inDetail ? Detail(pairs, network: network, engine: engine) : nil
  }

  /// By pair, over all photos seen; none where nothing was looked at in detail.
  var tallies: [ChannelTally] { detail?.tallies ?? [] }

  /// Takes the photo that `session` has run, before its float values come.
  func begin(_ session: Session) {
    guard let detail else { return }
    session.withRetainedBytes(of: 0) { bytes in
      guard let start = bytes.baseAddress else { return }
      detail.isolated.place(of: 0).copyMemory(from: start, byteCount: bytes.count)
    }
  }

  /// One pair's float value, in the float graph's order.
  ///
  /// - Returns: the error in the model, and that of the layer alone where it can be run so.
  func inspect(_ index: Int, _ exact: UnsafeBufferPointer<Float>, _ session: Session) -> (
    model: SquaredError, alone: SquaredError?
  ) {
    let value = pairs.pairs[index].int8
    return session.withRetainedBytes(of: value) { model in
      guard let start = model.baseAddress else { return (SquaredError(), nil) }
      let alone = detail.flatMap { inspect(index, exact, start, value, $0) }
      return (error(exact, start, value), alone)
    }
  }

  private func inspect(
    _ index: Int, _ exact: UnsafeBufferPointer<Float>, _ model: UnsafeRawPointer, _ value: ValueID,
    _ detail: Detail
  ) -> SquaredError? {
    let alone = detail.isRunnable[index] ? error(exact, detail.isolated.run(value), value) : nil
    detail.tallies[index].add(exact)
    if let scale = detail.scales[index] {
      detail.tallies[index].add(exact, model.bindMemory(to: Int8.self, capacity: exact.count), scale)
    }
    store(exact, at: detail.isolated.place(of: value), detail.scales[index])
    return alone
  }

  /// Of a value as the engine stores it.
  private func error(_ exact: UnsafeBufferPointer<Float>, _ bytes: UnsafeRawPointer, _ value: ValueID)
    -> SquaredError
  {
    guard let quantization = engine.quantization[value], let values = exact.baseAddress else {
      return SquaredError(exact, bytes.bindMemory(to: Float.self, capacity: exact.count))
    }
    let difference = MapDifference(
      values, bytes.bindMemory(to: Int8.self, capacity: exact.count), quantization,
      pixels: exact.count / quantization.channels)
    return SquaredError(energy: difference.energy, error: difference.error)
  }

  /// What later layers read: the float value as the model would store it.
  private func store(
    _ exact: UnsafeBufferPointer<Float>, at place: UnsafeMutableRawPointer, _ scale: MapScale?
  ) {
    if let scale {
      scale.round(exact, to: place.bindMemory(to: Int8.self, capacity: exact.count))
    } else if let start = exact.baseAddress {
      place.copyMemory(from: start, byteCount: exact.count * MemoryLayout<Float>.stride)
    }
  }
}
