import Calibrate
import Quant

/// What `edge inspect` says of float weights.
package struct WeightsDescription {
  private let model: FloatModel

  package init(_ model: FloatModel) { self.model = model }

  package var text: String {
    var table = model.table
    table.add("input", model.network.recipe.valueFormula)
    for output in model.network.graph.outputs {
      table.add("output", "\(output.name), \(Number.grouped(shape(of: output).elementCount)) values")
    }
    if !model.network.labels.isEmpty { table.add("labels", Number.grouped(model.network.labels.count)) }
    table.add("SHA-256", model.sha256)
    return table.text() + "\n" + layerTable
  }

  private func shape(of output: FloatGraph.Output) -> Shape { model.network.graph.shapes[output.value] }

  private var layerTable: String {
    let graph = model.network.graph
    var table = TextTable(.right, .left, .left, .right, .right)
    table.add("", "layer", "operation", "result", "weights")
    for (index, node) in graph.nodes.enumerated() {
      let count = node.parameters.weights.count
      table.add(
        "\(index + 1)", node.name, node.operation.summary, graph.shapes[index + 1].description,
        count > 0 ? Number.grouped(count) : "")
    }
    return table.text()
  }

  package var json: JSON {
    var members = model.json.object ?? [:]
    members["kind"] = "weights"
    members["outputs"] = .array(
      model.network.graph.outputs.map { output -> JSON in
        ["name": .string(output.name), "values": .integer(shape(of: output).elementCount)]
      })
    members["labels"] = .integer(model.network.labels.count)
    members["layers"] = .integer(model.network.graph.nodes.count)
    return .object(members)
  }
}

extension FloatModel {
  /// What was recognized and assumed, line by line; the start of a table to which a command adds.
  package var table: TextTable {
    let weights = network.graph.nodes.reduce(0) { $0 + $1.parameters.weights.count }
    var table = TextTable(.left, .left)
    table.add(
      "weights",
      "\(path.name.text), \(formatName), \(Number.bytes(byteCount)), \(Number.count(tensorCount, "tensor")), \(Number.grouped(weights)) weights"
    )
    table.add("architecture", network.architecture)
    table.add("assumed", lines: network.assumptions)
    table.add("preprocessing", network.recipe.summary)
    return table
  }

  package var json: JSON {
    [
      "source": .string(path.name.text), "source_sha256": .string(sha256),
      "source_bytes": .integer(byteCount),
      "format": .string(formatName), "tensors": .integer(tensorCount),
      "architecture": .string(network.architecture), "assumptions": .strings(network.assumptions),
      "recipe": network.recipe.json,
    ]
  }
}
