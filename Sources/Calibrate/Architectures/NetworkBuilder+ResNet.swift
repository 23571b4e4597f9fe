import Quant

extension NetworkBuilder {
  /// A ResNet up to its last map.
  ///
  /// Source: He et al., "Deep Residual Learning for Image Recognition"; torchvision's and Caffe's stride places; He et
  /// al., "Bag of Tricks for Image Classification", for deep stems and averaged shortcuts.
  mutating func resNet(_ layout: ResNetLayout) throws -> ValueID {
    var x: ValueID = 0
    for (index, names) in layout.stem.enumerated() {
      x = try convolution(
        names, of: x, kernel: layout.extras.hasDeepStem ? 3 : 7, stride: index == 0 ? 2 : 1, activation: .relu
      )
    }
    x = try stemPool("\(layout.naming.root)maxpool", of: x)
    for (stage, blocks) in layout.stages.enumerated() {
      for (index, block) in blocks.enumerated() {
        x = try residualBlock(
          block, of: x, stride: stage > 0 && index == 0 ? 2 : 1, extras: layout.extras)
      }
    }
    return x
  }

  private mutating func residualBlock(
    _ block: ResNetLayout.Block, of input: ValueID, stride: Int, extras: ResNetLayout.Extras
  ) throws -> ValueID {
    let isBottleneck = block.convolutions.count == 3
    let stridedIndex = isBottleneck && !conventions.stridesOnFirst ? 1 : 0
    var x = input
    for (index, names) in block.convolutions.enumerated() {
      let isSpatial = !isBottleneck || index == 1
      x = try convolution(
        names, of: x, kernel: isSpatial ? 3 : 1, stride: index == stridedIndex ? stride : 1,
        connection: isBottleneck && isSpatial ? .grouped : .full,
        activation: index == block.convolutions.count - 1 ? .identity : .relu)
    }
    if let squeeze = block.squeeze {
      x = try squeezeAndExcite(squeeze, of: x, activation: .relu, gate: .sigmoid)
    }
    let shortcut = try shortcut(of: block, from: input, stride: stride, averages: extras.averagesShortcuts)
    return try append("\(block.name).add", .add(.relu), x, shortcut)
  }

  private mutating func shortcut(
    of block: ResNetLayout.Block, from input: ValueID, stride: Int, averages: Bool
  ) throws -> ValueID {
    guard let downsample = block.downsample else { return input }
    guard averages, stride > 1 else {
      return try convolution(downsample, of: input, kernel: 1, stride: stride, activation: .identity)
    }
    let pooling = ceilingPooling(kernel: stride, of: shape(of: input))
    let pooled = try append(
      "\(block.name).downsample.0", .averagePool(pooling, countsPadding: false), input)
    return try convolution(downsample, of: pooled, kernel: 1, activation: .identity)
  }

  private mutating func stemPool(_ name: String, of input: ValueID) throws -> ValueID {
    if conventions.poolsInCeilMode { return try ceilingPool(name, kernel: 3, of: input) }
    let pooling = Pooling(kernel: Size2D(3), stride: Size2D(2), padding: Padding(1))
    return try append(name, .maxPool(pooling), input)
  }
}
