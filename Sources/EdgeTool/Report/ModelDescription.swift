import Int8Kernels
import Quant

/// What `edge inspect` says of a model.
package struct ModelDescription {
  private struct Layer {
    var name: String
    var operation: String
    var shape: Shape
    var weightCount: Int
    /// The smallest and largest number that the map's elements can stand for; nil for vectors.
    var range: ClosedRange<Double>?
    /// As the engine will run it, and why.
    var kernel: String
    var reason: String
  }

  private let model: QuantizedModel
  private let kernels: KernelSet
  private let sha256: String
  private let byteCount: Int
  private let layers: [Layer]

  /// - Throws: `InputError` when the model cannot be run here.
  package init(model: QuantizedModel, kernels: KernelSet, sha256: String, byteCount: Int) throws {
    self.model = model
    self.kernels = kernels
    self.sha256 = sha256
    self.byteCount = byteCount
    let layers = try Engine(model: model, kernels: kernels).layers
    let running = layers.flatMap { layer in layer.nodes.map { _ in (layer.kernel, layer.reason) } }
    self.layers = model.graph.nodes.enumerated().map { index, node in
      Layer(
        name: node.name, operation: node.operation.summary, shape: model.graph.shapes[index + 1],
        weightCount: node.parameters.weightCount, range: model.quantization[index + 1]?.range,
        kernel: running[index].0, reason: running[index].1)
    }
  }

  private var weightCount: Int { layers.reduce(0) { $0 + $1.weightCount } }

  package var text: String {
    summary + "\n" + layerTable
  }

  private var summary: String {
    let provenance = model.provenance
    var table = TextTable(.left, .left)
    table.add("file", "edge model, \(Number.bytes(byteCount)), \(Number.grouped(weightCount)) weights")
    table.add("SHA-256", sha256)
    table.add("architecture", provenance.architecture)
    table.add("source", "\(provenance.sourceName) (SHA-256 \(provenance.sourceSHA256))")
    if !provenance.licence.isEmpty { table.add("licence", provenance.licence) }
    table.add("assumed", lines: provenance.assumptions)
    table.add("preprocessing", model.recipe.summary)
    table.add("input", model.recipe.valueFormula)
    for output in model.graph.outputs {
      table.add(
        "output", "\(output.name), \(Number.grouped(model.graph.shapes[output.value].elementCount)) values")
    }
    if !provenance.labels.isEmpty { table.add("labels", Number.grouped(provenance.labels.count)) }
    table.add("calibration", CalibrationText.text(provenance.calibration))
    table.add("drift", lines: CalibrationText.drift(provenance.drift))
    for line in AdviceLine.texts(provenance.advice) { table.add("note", line) }
    table.add(
      "kernels",
      "\(kernels.rawValue); this CPU runs \(KernelSet.available.map(\.rawValue).joined(separator: ", "))")
    return table.text()
  }

  private var layerTable: String {
    var table = TextTable(.right, .left, .left, .right, .right, .left, .left, .left)
    table.add("", "layer", "operation", "result", "weights", "range", "kernel", "why")
    for (index, layer) in layers.enumerated() {
      table.add(
        "\(index + 1)", layer.name, layer.operation, layer.shape.description,
        layer.weightCount > 0 ? Number.grouped(layer.weightCount) : "",
        layer.range.map { "\(Number.fixed($0.lowerBound, 2)) … \(Number.fixed($0.upperBound, 2))" } ?? "",
        layer.kernel, layer.reason)
    }
    return table.text()
  }

  package var json: JSON {
    let provenance = model.provenance
    let outputs = model.graph.outputs.map { output -> JSON in
      ["name": .string(output.name), "values": .integer(model.graph.shapes[output.value].elementCount)]
    }
    let list = layers.map { layer -> JSON in
      [
        "name": .string(layer.name), "operation": .string(layer.operation),
        "result": .string(layer.shape.description), "weights": .integer(layer.weightCount),
        "kernel": .string(layer.kernel), "kernel_reason": .string(layer.reason),
        "lowest": layer.range.map { .number($0.lowerBound) } ?? .null,
        "highest": layer.range.map { .number($0.upperBound) } ?? .null,
      ]
    }
    return [
      "kind": "model", "bytes": .integer(byteCount), "sha256": .string(sha256),
      "architecture": .string(provenance.architecture), "source": .string(provenance.sourceName),
      "source_sha256": .string(provenance.sourceSHA256), "licence": .string(provenance.licence),
      "assumptions": .strings(provenance.assumptions),
      "labels": .integer(provenance.labels.count), "recipe": model.recipe.json,
      "calibration": provenance.calibration, "drift": provenance.drift, "advice": provenance.advice,
      "outputs": .array(outputs),
      "weights": .integer(weightCount), "kernels_used": .string(kernels.rawValue), "layers": .array(list),
    ]
  }
}

extension Int8Parameters {
  fileprivate var weightCount: Int {
    switch self {
    case .none, .affine, .slopes: 0
    case .convolution(let convolution): convolution.weights.count
    case .dense(let dense): dense.weights.count
    }
  }
}

extension ChannelQuantization {
  /// What −128 and 127 stand for, over all channels.
  fileprivate var range: ClosedRange<Double> {
    var (lower, upper) = (0.0, 0.0)
    for (scale, zeroPoint) in zip(scales, zeroPoints) {
      lower = min(lower, Double(scale) * Double(-128 - Int(zeroPoint)))
      upper = max(upper, Double(scale) * Double(127 - Int(zeroPoint)))
    }
    return lower...upper
  }
}
