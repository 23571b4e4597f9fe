import Quant

extension NetworkBuilder {
  /// A ResNet up to its last map.
  ///
  /// Source: He et al., "Deep Residual Learning for Image Recognition"; torchvision's and Caffe's stride places.
  mutating func resNet(_ layout: ResNetLayout) throws -> ValueID {
    var x = try convolution(layout.stem, of: 0, kernel: 7, stride: 2, activation: .relu)
    x = try append("\(layout.naming.root)maxpool", .maxPool(stemPooling(of: shape(of: x))), x)
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

  private func stemPooling(of map: Shape) -> Pooling {
    guard conventions.poolsInCeilMode else {
      return Pooling(kernel: Size2D(3), stride: Size2D(2), padding: Padding(1))
    }
    /// Rows that the last window reaches over the edge of `side`.
    func overhang(_ side: Int) -> Int { max(side - 2, 1) / 2 * 2 + 3 - side }
    let bottom = overhang(map.height)
    let right = overhang(map.width)
    return Pooling(
      kernel: Size2D(3), stride: Size2D(2), padding: Padding(top: 0, left: 0, bottom: bottom, right: right))
  }
}
