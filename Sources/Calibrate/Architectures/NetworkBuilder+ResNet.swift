import Quant

extension NetworkBuilder {
  /// A ResNet up to its last map.
  ///
  /// Source: He et al., "Deep Residual Learning for Image Recognition"; torchvision's and Caffe's stride places.
  mutating func resNet(_ layout: ResNetLayout) throws -> ValueID {
    var x = try convolution(layout.stem, of: 0, kernel: 7, stride: 2, activation: .relu)
    x = try stemPool("\(layout.naming.root)maxpool", of: x)
    for (stage, blocks) in layout.stages.enumerated() {
      for (index, block) in blocks.enumerated() {
        x = try residualBlock(block, of: x, stride: stage > 0 && index == 0 ? 2 : 1)
      }
    }
    return x
  }

  private mutating func residualBlock(_ block: ResNetLayout.Block, of input: ValueID, stride: Int) throws
    -> ValueID
  {
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
    var shortcut = input
    if let downsample = block.downsample {
      shortcut = try convolution(downsample, of: input, kernel: 1, stride: stride, activation: .identity)
    }
    return try append("\(block.name).add", .add(.relu), x, shortcut)
  }

  private mutating func stemPool(_ name: String, of input: ValueID) throws -> ValueID {
    if conventions.poolsInCeilMode { return try ceilingPool(name, kernel: 3, of: input) }
    let pooling = Pooling(kernel: Size2D(3), stride: Size2D(2), padding: Padding(1))
    return try append(name, .maxPool(pooling), input)
  }
}
