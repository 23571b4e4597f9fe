/// From a decoded picture to the network's input: how to resize, crop and scale. Stored in every model.
///
/// The network's input is y = (x / scale − mean[c]) / deviation[c] of the bytes x, 0…255, in `channelOrder`.
public struct Recipe: Hashable, Sendable {
  public enum Resize: Hashable, Sendable {
    /// Straight to a size, whatever the picture's proportions.
    case exact(Size2D)
    /// The short side to this many pixels, proportions kept (torchvision's `Resize(256)`).
    case shortSide(Int)
    /// The centre square (or rectangle) that keeps `fraction` of the short side, then straight to `size`
    /// (the EfficientNet repositories' "crop with padding": fraction = size / (size + 32)).
    case centreFraction(Float, Size2D)
    /// Left as it is: the picture must have the input's size.
    case none
  }

  public enum Filter: String, Hashable, Sendable, CaseIterable {
    case nearest, box, bilinear, bicubic, lanczos
  }

  public enum ChannelOrder: String, Hashable, Sendable, CaseIterable {
    case rgb, bgr
  }

  public enum Orientation: String, Hashable, Sendable, CaseIterable {
    /// Turn the picture as its EXIF tag says, as viewers do.
    case apply
    /// Leave it as stored, as torchvision and Keras do.
    case ignore
  }

  /// What each picture's values are related to.
  public enum Standardization: String, Hashable, Sendable, CaseIterable {
    /// The recipe's scale, mean and deviation.
    case none
    /// The picture's own mean and deviation, over all its bytes: zero mean, unit variance. Scale, mean and deviation
    /// are 1, 0 and 1.
    case image
  }

  /// The preset's name, or `custom` after any part was set by hand.
  public var name: String
  public var resize: Resize
  public var filter: Filter
  /// Centre crop to the network's input; also the input's size.
  public var inputSize: Size2D
  public var channelOrder: ChannelOrder
  public var scale: Float
  public var mean: [Float]
  public var deviation: [Float]
  public var orientation: Orientation
  /// The colour that transparent pixels are composited on; nil drops alpha as Pillow's `convert("RGB")` does.
  public var background: [UInt8]?
  public var standardization: Standardization

  public init(
    name: String, resize: Resize, filter: Filter, inputSize: Size2D, channelOrder: ChannelOrder = .rgb,
    scale: Float,
    mean: [Float], deviation: [Float], orientation: Orientation = .apply, background: [UInt8]? = nil,
    standardization: Standardization = .none
  ) {
    self.name = name
    self.resize = resize
    self.filter = filter
    self.inputSize = inputSize
    self.channelOrder = channelOrder
    self.scale = scale
    self.mean = mean
    self.deviation = deviation
    self.orientation = orientation
    self.background = background
    self.standardization = standardization
  }

  /// Replaces scale, mean and deviation by each picture's own.
  public mutating func standardizeEachImage() {
    standardization = .image
    (scale, mean, deviation) = (1, [0, 0, 0], [1, 1, 1])
  }
}
