import Calibrate
import Quant
import TestSupport

/// Configurations as text, and what becomes of them with weights made up by shape.
enum KerasText {
  static func layer(_ className: String, _ name: String, _ config: String = "") -> String {
    let rest = config.isEmpty ? "" : ", \(config)"
    return #"{"class_name": "\#(className)", "config": {"name": "\#(name)"\#(rest)}}"#
  }

  static let input = layer("InputLayer", "picture", #""batch_shape": [null, 8, 8, 3]"#)

  static func conv(_ name: String, _ config: String = "") -> String {
    layer("Conv2D", name, #""filters": 4, "kernel_size": 3\#(config.isEmpty ? "" : ", " + config)"#)
  }

  static func sequential(_ layers: String..., name: String = "net") -> String {
    let all = layers.joined(separator: ", ")
    return #"{"class_name": "Sequential", "config": {"name": "\#(name)", "layers": [\#(all)]}}"#
  }

  /// Layers with what each reads, as Keras 2 writes it; the last is the output.
  static func functional(_ layers: [(layer: String, reads: [String])], name: String = "net", end: String)
    -> String
  {
    let all = layers.map { layer, reads in
      let nodes = reads.map { #"["\#($0)", 0, 0, {}]"# }.joined(separator: ", ")
      let inbound = reads.isEmpty ? "[]" : "[[\(nodes)]]"
      return layer.dropLast() + #", "inbound_nodes": \#(inbound)}"#
    }
    return #"""
      {"class_name": "Functional", "config": {"name": "\#(name)", "layers": [\#(all.joined(separator: ", "))],
       "input_layers": [["picture", 0, 0]], "output_layers": [["\#(end)", 0, 0]]}}
      """#
  }

  static func source(_ text: String, version: String? = "3.4.0") throws -> KerasSource {
    KerasSource(
      configuration: try JSON.parse(text), version: version,
      weights: .made { path, variable, shape in
        let isVariance = variable.hasSuffix("variance")
        return isVariance
          ? FloatTensor(shape: shape, elements: .init(repeating: 1, count: shape.reduce(1, *)))
          : Seeded.tensor("\(path)/\(variable)", shape)
      })
  }

  static func network(_ text: String, _ options: ImportOptions = ImportOptions()) throws -> FloatNetwork {
    try source(text).network(options)
  }
}
