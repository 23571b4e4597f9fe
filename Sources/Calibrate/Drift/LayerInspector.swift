import Int8Kernels
import Quant

/// Looks at one photo's layers after the other's: their errors, alone and in the model, and what their elements were.
///
/// A worker has one of its own.
final class LayerInspector {
  private let pairs: LayerPairs
  private let isRunnable: [Bool]
  private let engine: Engine
  private let isolated: IsolatedLayers
  /// By pair; nil for vectors.
  private let scales: [MapScale?]
  /// By pair, over all photos seen.
  private(set) var tallies: [ChannelTally]

  init(_ pairs: LayerPairs, network: FloatNetwork, engine: Engine) {
    self.pairs = pairs
    self.engine = engine
    isRunnable = pairs.runnable(float: network.graph, int8: engine.graph)
    isolated = IsolatedLayers(engine)
    scales = pairs.pairs.map { pair in engine.quantization[pair.int8].map { MapScale($0) } }
    tallies = pairs.pairs.map { ChannelTally(channels: engine.graph.shapes[$0.int8].channels) }
  }

  /// Takes the photo that `session` has run, before its float values come.
  func begin(_ session: Session) {
    session.withBytes(of: 0, image: 0) { bytes in
      guard let start = bytes.baseAddress else { return }
      isolated.place(of: 0).copyMemory(from: start, byteCount: bytes.count)
    }
  }

  /// One pair's float value, in the float graph's order.
  ///
  /// - Returns: the error in the model, and that of the layer alone where it can be run so.
  func inspect(_ index: Int, _ exact: UnsafeBufferPointer<Float>, _ session: Session) -> (
    model: SquaredError, alone: SquaredError?
  ) {
    let value = pairs.pairs[index].int8
    let result = isRunnable[index] ? isolated.run(value) : nil
    tallies[index].add(exact)
    let errors = session.withBytes(of: value, image: 0) { model in
      if let scale = scales[index] {
        return inspectMap(index, exact, model, result, scale)
      }
      return inspectVector(exact, model, result)
    }
    store(exact, value, scales[index])
    return errors
  }

  private func inspectMap(
    _ index: Int, _ exact: UnsafeBufferPointer<Float>, _ model: UnsafeRawBufferPointer,
    _ result: UnsafeRawPointer?, _ scale: MapScale
  ) -> (model: SquaredError, alone: SquaredError?) {
    let model = model.bindMemory(to: Int8.self)
    guard let start = model.baseAddress else { return (SquaredError(), nil) }
    tallies[index].add(exact, start, scale)
    let alone = result.map {
      SquaredError(exact, $0.bindMemory(to: Int8.self, capacity: exact.count), scale)
    }
    return (SquaredError(exact, start, scale), alone)
  }

  private func inspectVector(
    _ exact: UnsafeBufferPointer<Float>, _ model: UnsafeRawBufferPointer, _ result: UnsafeRawPointer?
  ) -> (model: SquaredError, alone: SquaredError?) {
    guard let start = model.bindMemory(to: Float.self).baseAddress else { return (SquaredError(), nil) }
    let alone = result.map {
      SquaredError(exact, $0.bindMemory(to: Float.self, capacity: exact.count))
    }
    return (SquaredError(exact, start), alone)
  }

  /// What later layers read: the float value as the model would store it.
  private func store(_ exact: UnsafeBufferPointer<Float>, _ value: ValueID, _ scale: MapScale?) {
    let place = isolated.place(of: value)
    if let scale {
      scale.round(exact, to: place.bindMemory(to: Int8.self, capacity: exact.count))
    } else if let start = exact.baseAddress {
      place.copyMemory(from: start, byteCount: exact.count * MemoryLayout<Float>.stride)
    }
  }
}
