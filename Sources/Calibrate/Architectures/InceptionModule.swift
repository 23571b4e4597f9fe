import Quant

/// Branches that read one map and whose results are concatenated. Every convolution is `NAME.conv` with `NAME.bn`.
struct InceptionModule {
  struct Unit {
    let name: String
    let kernel: Size2D
    var stride = 1
    /// Whether it keeps the map's size at stride 1; else no padding at all.
    var isPadded = true

    init(_ name: String, _ kernel: Size2D, stride: Int = 1, isPadded: Bool = true) {
      (self.name, self.kernel, self.stride, self.isPadded) = (name, kernel, stride, isPadded)
    }

    init(_ name: String, _ side: Int = 1, stride: Int = 1, isPadded: Bool = true) {
      self.init(name, Size2D(side), stride: stride, isPadded: isPadded)
    }
  }

  /// 3×3.
  enum Pool {
    /// Padding counts, as `F.avg_pool2d` has it unless told otherwise.
    case average
    case maximum
    /// Stride 2, no padding.
    case shrinkingMaximum
  }

  struct Branch {
    var pool: Pool?
    var units: [Unit] = []
    /// Read the last unit's result and are concatenated.
    var fork: [Unit] = []
  }

  let name: String
  let branches: [Branch]

  /// Of every convolution, in the branches' order.
  func units(root: String) -> [ConvolutionNames] {
    branches.flatMap { $0.units + $0.fork }.map { names($0, root: root) }
  }

  func names(_ unit: Unit, root: String) -> ConvolutionNames {
    .inceptionUnit("\(root)\(name).\(unit.name)")
  }
}

extension ConvolutionNames {
  /// torchvision's `BasicConv2d`.
  static func inceptionUnit(_ name: String) -> ConvolutionNames {
    ConvolutionNames("\(name).conv", "\(name).bn")
  }
}

extension NetworkBuilder {
  mutating func inception(_ module: InceptionModule, root: String, of input: ValueID) throws -> ValueID {
    let name = "\(root)\(module.name)"
    var parts: [ValueID] = []
    for branch in module.branches {
      var x = input
      if let pool = branch.pool { x = try append("\(name).pool", pool.operation, x) }
      for unit in branch.units { x = try convolution(unit, in: module, root: root, of: x) }
      if branch.fork.isEmpty { parts.append(x) }
      for unit in branch.fork { parts.append(try convolution(unit, in: module, root: root, of: x)) }
    }
    return try concatenate("\(name).cat", parts)
  }

  private mutating func convolution(
    _ unit: InceptionModule.Unit, in module: InceptionModule, root: String, of input: ValueID
  ) throws -> ValueID {
    try convolution(
      module.names(unit, root: root), of: input, kernel: unit.kernel, stride: unit.stride,
      padding: unit.isPadded ? nil : Padding.none, activation: .relu)
  }
}

extension InceptionModule.Pool {
  fileprivate var operation: Quant.Operation {
    let pooling = Pooling(kernel: Size2D(3), stride: Size2D(1), padding: Padding(1))
    return switch self {
    case .average: .averagePool(pooling, countsPadding: true)
    case .maximum: .maxPool(pooling)
    case .shrinkingMaximum: .maxPool(Pooling(kernel: Size2D(3), stride: Size2D(2)))
    }
  }
}
