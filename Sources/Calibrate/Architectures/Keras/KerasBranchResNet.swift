import Quant

/// ResNet-50 as Keras had it up to 2.2, with layers named as in Caffe: `res2a_branch2a`. Source:
/// `keras_applications/resnet50.py`.
///
/// The stride stands on the bottleneck's first 1×1, every convolution has a bias, ε is Keras' own 1e-3. What stands before
/// the first block changed while the names did not: only layers without weights tell.
struct KerasBranchResNet: KerasApplication.Definition {
  let name: String
  /// SAME, of Keras 2.1, instead of three rows and columns on every side.
  private var padsStemEvenly = true
  /// Of later versions, by one.
  private var padsPooling = false

  static let all = [KerasBranchResNet(name: "resnet50")]

  private static let blocks = [3, 4, 6, 3]

  func body(_ k: inout KerasModelBuilder) -> KerasModelBuilder.Value {
    var x = k.input()
    if padsStemEvenly { x = k.pad(x, Padding(3)) }
    x = k.conv(x, 64, 7, strides: 2, same: !padsStemEvenly, bias: true, name: "conv1")
    x = k.relu(k.norm(x, name: "bn_conv1"))
    if padsPooling { x = k.pad(x, Padding(1)) }
    x = k.maxPool(x, 3, strides: 2)
    for (stage, count) in Self.blocks.enumerated() {
      for (block, letter) in zip(0..<count, "abcdef") {
        x = k.bottleneck(
          x, filters: 64 << stage, strides: block == 0 && stage > 0 ? 2 : 1, hasShortcut: block == 0
        ) { part in
          let place = "\(stage + 2)\(letter)_branch" + ["1", "2a", "2b", "2c"][part]
          return ("res\(place)", "bn\(place)", nil)
        }
      }
    }
    return x
  }

  /// Reads from the layers without weights which version wrote the file.
  mutating func settle(bareLayers: Set<String>, _ notes: inout [String]) {
    let isTold = bareLayers.contains { $0.hasPrefix("max_pooling2d") || $0.hasPrefix("maxpooling2d") }
    let isPadded = bareLayers.contains {
      $0 == "conv1_pad" || $0.hasPrefix("zero_padding2d") || $0.hasPrefix("zeropadding2d")
    }
    padsStemEvenly = isPadded || !isTold
    padsPooling = bareLayers.contains("pool1_pad")
    guard !isTold else { return }
    notes.append(
      "padding: by 3 before conv1 and none before its pooling, as ResNet50 was first published; the file does not tell the "
        + "version of Keras")
  }
}
