import Quant

/// What of an ONNX file is read: a graph of named nodes and tensors. Values are strings until the graph is traced.
package struct ONNXModel: Sendable {
  package var irVersion: Int64 = 0
  package var producer = ""
  package var producerVersion = ""
  /// Of the default domain.
  package var opset: Int64 = 0
  package var graph = ONNXGraph()
}

package struct ONNXGraph: Sendable {
  package var nodes: [ONNXNode] = []
  package var tensors: [ONNXTensor] = []
  package var inputs: [ONNXValueInfo] = []
  package var outputs: [ONNXValueInfo] = []
}

package struct ONNXNode: Sendable {
  package var name = ""
  package var type = ""
  package var domain = ""
  /// An empty name is an input that is left out.
  package var inputs: [String] = []
  package var outputs: [String] = []
  package var attributes: [ONNXAttribute] = []
}

package struct ONNXAttribute: Sendable {
  package var name = ""
  package var float: Float?
  package var integer: Int64?
  package var text: String?
  package var tensor: ONNXTensor?
  package var floats: [Float] = []
  package var integers: [Int64] = []
  package var hasSubgraph = false
}

/// A graph's input or output as it is declared.
package struct ONNXValueInfo: Sendable {
  package enum Side: Sendable, Hashable {
    case fixed(Int)
    case dynamic
  }

  package var name = ""
  /// nil when it is not declared.
  package var type: ONNXElement?
  /// nil when it is not declared, or the value is no tensor.
  package var shape: [Side]?
}

/// What a graph may hold.
enum ONNXLimits {
  static let nodes = GraphLimits.nodes
  static let tensors = TensorLimits.tensors
  /// Inputs or outputs of one node, or of the graph.
  static let values = 10_000
  static let attributes = 64
  /// Numbers in one attribute.
  static let numbers = 1 << 16

  /// The product of a shape's sides; nil when a side is negative, or a limit is exceeded even by the sides over 0: no
  /// order of them overflows.
  static func elementCount(of shape: [Int]) -> Int? {
    guard shape.allSatisfy({ $0 >= 0 }), TensorLimits.elementCount(of: shape.map { max($0, 1) }) != nil else {
      return nil
    }
    return TensorLimits.elementCount(of: shape)
  }
}
