import Int8Kernels
import Quant

/// Quantizes node after node on photos, each on the Int8 results of those before it, so that it can make up for what they
/// lost.
struct LayerwiseQuantizer {
  /// Which photos a convolution's numbers are fitted to, and how it is decided which steps it takes.
  enum Mode {
    /// Fitted to the photos of even number; those of odd number decide: a step that harms a layer's results is left out.
    case trial([Corrections.Step])
    /// Fitted to all.
    case planned(CorrectionPlan, variant: Int)
  }

  private let quantizer: Quantizer
  private let kernels: KernelSet
  private let pool: WorkerPool
  private let photos: Int
  private let memory: PhotoMemory
  private let mode: Mode
  private(set) var plan: CorrectionPlan
  private var graph: Int8Graph
  private var quantization: [ChannelQuantization?]
  /// By value; nil before it is made and after its last reader.
  private var exact: [PhotoValues?]
  private var quantized: [PhotoValues?]

  init(_ quantizer: Quantizer, mode: Mode, input: LayerwiseInput, kernels: KernelSet, pool: WorkerPool) throws
  {
    self.quantizer = quantizer
    self.mode = mode
    self.kernels = kernels
    self.pool = pool
    photos = input.exact.count
    memory = input.memory
    if case .planned(let plan, _) = mode { self.plan = plan } else { plan = CorrectionPlan() }
    let source = quantizer.network.graph
    graph = try Int8Graph(inputShape: source.inputShape)
    quantization = [quantizer.input.quantization]
    exact = .init(repeating: nil, count: source.shapes.count)
    quantized = exact
    exact[0] = input.exact
    quantized[0] = input.quantized
  }

  /// - Parameter progress: called with the part that is done.
  mutating func run(provenance: Provenance, progress: (Double) -> Void) throws -> QuantizedModel {
    let source = quantizer.network.graph
    let lifetimes = source.lifetimes
    for (index, node) in source.nodes.enumerated() {
      try InputError.naming(node.name) { try quantize(node, index) }
      for value in 0...index where lifetimes[value].upperBound == index && index < source.nodes.count - 1 {
        exact[value] = nil
        quantized[value] = nil
      }
      progress(Double(index + 1) / Double(source.nodes.count))
    }
    return try quantizer.model(graph, quantization, provenance: provenance)
  }

  /// The network's output of that name, of the Int8 and the float network, one vector a photo; after `run`.
  func vectors(_ name: String) -> (quantized: [[Float]], exact: [[Float]])? {
    guard let value = quantizer.network.graph.output(named: name),
      let quantized = quantized[value], let exact = exact[value], !graph.shapes[value].isMap
    else { return nil }
    let count = graph.shapes[value].elementCount
    func vectors(_ values: PhotoValues) -> [[Float]] {
      (0..<photos).map { Array(UnsafeBufferPointer(start: values.floats($0), count: count)) }
    }
    return (vectors(quantized), vectors(exact))
  }

  private mutating func quantize(_ node: FloatGraph.Node, _ index: Int) throws {
    let inputs = node.inputs.map { quantization[$0] }
    exact[index + 1] = try runFloat(node, index)
    guard let task = try quantizer.convolutionTask(node, value: index + 1, inputs: inputs) else {
      let (parameters, result) = try quantizer.otherParameters(node, value: index + 1, inputs: inputs)
      quantization.append(result)
      try graph.append(node.name, node.operation, inputs: node.inputs, parameters: parameters)
      quantized[index + 1] = try runInt8(index)
      return
    }
    quantization.append(task.quantization)
    let rounded = task.problem.nearest()
    var form = Form(rounded: rounded, shifts: task.meanShifts(rounded))
    try graph.append(
      node.name, node.operation, inputs: node.inputs,
      parameters: .convolution(try task.int8(form.rounded, shifts: form.shifts)))
    switch mode {
    case .trial(let steps): try decide(steps, &form, task, index)
    case .planned: try follow(plan[index], &form, task, index)
    }
  }

  /// A convolution's numbers while they are being corrected.
  private struct Form {
    var rounded: RoundedWeights
    /// Taken from the biases; nil stands for zeros.
    var shifts: [Double]?
  }

  /// Inputs whose covariances and their factor take more than a few megabytes.
  private static let largeMatrix = 1024
  /// Rounds of the last step: each sees what the one before left of it.
  private static let outputRounds = 2

  private mutating func decide(
    _ steps: [Corrections.Step], _ form: inout Form, _ task: ConvolutionTask, _ index: Int
  ) throws {
    let (fit, judge) = ((0..<photos).filter { $0 % 2 == 0 }, (0..<photos).filter { $0 % 2 == 1 })
    let sums = steps.contains(.bias) ? sumDifferences(task, index) : nil
    quantized[index + 1] = try runInt8(index)
    var differences = mapDifferences(index + 1)
    var error = LayerError(judge.map { differences[$0] })
    for step in steps {
      for round in 0..<(step == .output ? Self.outputRounds : 1) {
        var candidate = form
        take(step, &candidate, task, index, sums, differences, fit: fit)
        try set(candidate, task, index)
        let values = try runInt8(index)
        let previous = quantized[index + 1]
        quantized[index + 1] = values
        let found = mapDifferences(index + 1)
        let foundError = LayerError(judge.map { found[$0] })
        guard !foundError.isWorse(than: error) else {
          quantized[index + 1] = previous
          break
        }
        (form, differences, error) = (candidate, found, foundError)
        if round == 0 { plan[index].append(step) }
      }
    }
    try set(form, task, index)
  }

  private mutating func follow(
    _ steps: [Corrections.Step], _ form: inout Form, _ task: ConvolutionTask, _ index: Int
  ) throws {
    let all = Array(0..<photos)
    let sums = steps.contains(.bias) ? sumDifferences(task, index) : nil
    for step in steps {
      for _ in 0..<(step == .output ? Self.outputRounds : 1) {
        var differences: [MapDifference] = []
        if step == .output {
          quantized[index + 1] = try runInt8(index)
          differences = mapDifferences(index + 1)
        }
        take(step, &form, task, index, sums, differences, fit: all)
        try set(form, task, index)
      }
    }
    quantized[index + 1] = try runInt8(index)
  }

  private var variant: Int { if case .planned(_, let variant) = mode { variant } else { 0 } }

  /// - Parameters:
  ///   - differences: of the form as it is; of all photos.
  ///   - fit: the photos that the step may look at.
  private func take(
    _ step: Corrections.Step, _ form: inout Form, _ task: ConvolutionTask, _ index: Int,
    _ sums: SumDifferences?, _ differences: [MapDifference], fit: [Int]
  ) {
    switch step {
    case .rounding:
      guard let input = quantized[graph.nodes[index].inputs[0]] else { return }
      let samples = WindowSamples(
        windows(task, index), zeroPoints: task.input.zeroPoints, photos: fit, variant: variant)
      if task.problem.products > Self.largeMatrix { memory.dropUnused() }
      form.rounded = samples.round(task.problem, input, pool: pool)
      form.shifts = task.meanShifts(form.rounded)
    case .bias:
      guard let sums else { return }
      form.shifts = ChannelShifts.significant(sums.differences(form.rounded, photos: fit, pool: pool))
    case .output:
      let more = ChannelShifts.significant(fit.map { differences[$0].channelMeans })
      form.shifts = form.shifts.map { zip($0, more).map { $0 + $1 } } ?? more
    }
  }

  private mutating func set(_ form: Form, _ task: ConvolutionTask, _ index: Int) throws {
    graph.setParameters(.convolution(try task.int8(form.rounded, shifts: form.shifts)), ofNode: index)
  }

  private func windows(_ task: ConvolutionTask, _ index: Int) -> Windows {
    Windows(
      convolution: task.problem.convolution, input: graph.shapes[graph.nodes[index].inputs[0]],
      output: graph.shapes[index + 1])
  }

  private func sumDifferences(_ task: ConvolutionTask, _ index: Int) -> SumDifferences? {
    let node = graph.nodes[index]
    guard let input = quantized[node.inputs[0]], let exactInput = exact[node.inputs[0]] else { return nil }
    let windows = windows(task, index)
    let quantizedSums = pool.mapInParallel(photos) { photo in
      WindowSums(input.elements(photo), zeroPoints: task.input.zeroPoints, windows)
    }
    // The network's input is exact.
    let exactSums =
      node.inputs[0] == 0
      ? quantizedSums
      : pool.mapInParallel(photos) { photo in
        WindowSums(exactInput.floats(photo), windows).scaled(by: task.input.scales)
      }
    return SumDifferences(
      exact: exactSums, quantized: quantizedSums, windows: windows, problem: task.problem)
  }

  private func mapDifferences(_ value: ValueID) -> [MapDifference] {
    guard let exact = exact[value], let quantized = quantized[value], let quantization = quantization[value]
    else { return [] }
    let pixels = graph.shapes[value].height * graph.shapes[value].width
    return pool.mapInParallel(photos) { photo in
      MapDifference(exact.floats(photo), quantized.elements(photo), quantization, pixels: pixels)
    }
  }

  private func runFloat(_ node: FloatGraph.Node, _ index: Int) throws -> PhotoValues {
    let source = quantizer.network.graph
    let layer = try FloatLayer(
      node: node, inputShapes: node.inputs.map { source.shapes[$0] }, outputShape: source.shapes[index + 1])
    let inputs = node.inputs.compactMap { exact[$0] }
    let result = PhotoValues(
      photos: photos, byteCount: layer.outputShape.elementCount * MemoryLayout<Float>.stride, in: memory)
    pool.parallelFor(photos) { photo, _ in
      layer.run(inputs: inputs.map { UnsafePointer($0.floats(photo)) }, output: result.floats(photo))
    }
    return result
  }

  private func runInt8(_ index: Int) throws -> PhotoValues {
    let layer = try LayerFactory(kernels: kernels, workers: 1).makeLayer(
      index, of: graph, quantization: quantization)
    let inputs = graph.nodes[index].inputs.compactMap { quantized[$0] }
    let result = PhotoValues(
      photos: photos, byteCount: graph.shapes[index + 1].int8ByteCount, in: memory)
    let scratch = (0..<pool.threads).map { _ in
      AlignedMemory(byteCount: layer.scratchByteCount + LayerBuffers.slackByteCount)
    }
    pool.parallelFor(photos) { photo, worker in
      layer.run(
        inputs: inputs.map { UnsafeRawPointer($0.bytes(photo)) }, output: result.bytes(photo),
        scratch: scratch[worker].start)
    }
    return result
  }
}

/// The photos as both networks read them.
struct LayerwiseInput {
  let exact: PhotoValues
  let quantized: PhotoValues
  let memory = PhotoMemory()

  init(_ photos: Photos, recipe: Recipe, shape: Shape, pool: WorkerPool) throws {
    let input = try NetworkInput(recipe)
    let exact = PhotoValues(
      photos: photos.count, byteCount: shape.elementCount * MemoryLayout<Float>.stride, in: memory)
    let quantized = PhotoValues(photos: photos.count, byteCount: shape.elementCount, in: memory)
    try pool.parallelFor(photos.count) { photo, _ in
      let pixels = try photos.pixels(photo)
      let floats = exact.floats(photo)
      for (index, value) in try input.map(pixels).enumerated() { floats[index] = value }
      let standardization =
        recipe.standardization == .image ? pixels.withUnsafeBufferPointer { ImageStandardization($0) } : nil
      let elements = quantized.elements(photo)
      for (index, byte) in pixels.enumerated() {
        elements[index] = Int8(bitPattern: (standardization?.standardized(byte) ?? byte) ^ 0x80)
      }
    }
    self.exact = exact
    self.quantized = quantized
  }
}
