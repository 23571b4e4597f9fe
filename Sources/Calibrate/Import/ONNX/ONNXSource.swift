import Quant

/// An ONNX file: a graph with its tensors.
public struct ONNXSource: NetworkSource {
  private let file: ByteView
  private let model: ONNXModel
  private let names: ONNXNames
  /// Where external data may be; nil when nothing may be opened.
  private let folder: String?

  /// Opsets of the default domain that are read.
  package static let opsets = Int64(9)...28

  /// - Parameter folder: the file's own, empty for the current one; nil to open no file of external data.
  /// - Throws: `InputError` without a file's name when the bytes are no ONNX graph of a known version, or it contradicts itself.
  public init(_ file: ByteView, folder: String? = nil) throws {
    let model = try ONNXModel(file)
    guard Self.opsets.contains(model.opset) else {
      throw InputError(
        .unsupported, "", "an ONNX graph of opset \(model.opset)",
        remedy: "export it with an opset of \(Self.opsets.lowerBound) to \(Self.opsets.upperBound)")
    }
    self.file = file
    self.model = model
    self.folder = folder
    names = try ONNXNames(model.graph)
  }

  /// Results that are looked at; a graph may have thousands that are constant.
  private static let triedOutputs = 16

  public var tensorCount: Int { model.graph.tensors.count }

  /// Such as `ONNX (pytorch 1.13.0, opset 13)`.
  public var format: String {
    let producer = [model.producer, model.producerVersion].filter { !$0.isEmpty }.map(\.short)
    return "ONNX (\((producer.isEmpty ? "" : producer.joined(separator: " ") + ", "))opset \(model.opset))"
  }

  public func network(_ options: ImportOptions) throws -> FloatNetwork {
    let input = try ONNXInput(names.freeInputs, asked: options.inputSize)
    var notes: [String] = []
    let outputs = model.graph.outputs.filter { $0.type?.isFloatingPoint ?? true }
    for output in outputs.prefix(Self.triedOutputs) {
      let external = ONNXExternalData(folder: folder)
      var tracer = try ONNXTracer(model, names: names, input: input, external: external)
      guard case .feature(let end) = try tracer.trace(to: output.name) else { continue }
      if model.graph.outputs.count > 1 {
        notes.append("output: \(output.name.short) of \(model.graph.outputs.count) is read")
      }
      if !external.locations.isEmpty {
        notes.append("weights: also from \(external.locations.map(\.short).joined(separator: ", "))")
      }
      return try network(&tracer, end, input, options, notes)
    }
    throw InputError(
      .unsupported, "", "the graph has no output of floating-point numbers that its input leads to")
  }

  private func network(
    _ tracer: inout ONNXTracer, _ end: ONNXFeature, _ input: ONNXInput, _ options: ImportOptions,
    _ notes: [String]
  ) throws -> FloatNetwork {
    let affine = tracer.graph.inputAffine ?? .identity
    let preprocessing = try ONNXPreprocessing(input, affine: affine)
    var network = try tracer.graph.network(
      endingWith: end.traced, head: options.head, architecture: options.architecture ?? "onnx",
      recipe: preprocessing.recipe, reversesInput: tracer.reversesInput,
      assumptions: notes + [preprocessing.note])
    network.sourceSHA256 = try tracer.external.sha256(after: file)
    return network
  }
}
