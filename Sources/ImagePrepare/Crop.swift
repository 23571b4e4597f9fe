import Quant

extension Image {
  /// The centre of the picture, with torchvision's rounding; where the picture is smaller, black is added around it.
  public func centreCropped(to size: Size2D) -> Image {
    let crop = CentreCrop(of: self.size, to: size)
    return cropped(to: crop.window).padded(as: crop)
  }

  /// The part of the picture that `window` names.
  ///
  /// - Precondition: the window lies within the picture.
  func cropped(to window: Window) -> Image {
    if window == Window(size) { return self }
    var result: [UInt8] = []
    result.reserveCapacity(window.rows.count * window.columns.count * 3)
    for row in window.rows {
      let start = (row * width + window.columns.lowerBound) * 3
      result += pixels[start..<start + window.columns.count * 3]
    }
    return Image(height: window.rows.count, width: window.columns.count, pixels: result)
  }

  /// The picture placed on black as `crop` says.
  func padded(as crop: CentreCrop) -> Image {
    if crop.size == size { return self }
    var result = [UInt8](repeating: 0, count: crop.size.height * crop.size.width * 3)
    for row in 0..<height {
      let target = ((crop.top + row) * crop.size.width + crop.left) * 3
      result.replaceSubrange(
        target..<target + width * 3, with: pixels[row * width * 3..<(row + 1) * width * 3])
    }
    return Image(height: crop.size.height, width: crop.size.width, pixels: result)
  }
}

/// Where a centre crop takes its pixels from and where it puts them: torchvision's `CenterCrop`.
///
/// - Invariant: `top + window.rows.count ≤ size.height`, likewise for columns; the rest is black.
struct CentreCrop: Hashable {
  let size: Size2D
  let window: Window
  let top: Int
  let left: Int

  init(of picture: Size2D, to size: Size2D) {
    self.size = size
    let vertical = Self.axis(of: picture.height, to: size.height)
    let horizontal = Self.axis(of: picture.width, to: size.width)
    window = Window(rows: vertical.taken, columns: horizontal.taken)
    top = vertical.before
    left = horizontal.before
  }

  private static func axis(of extent: Int, to target: Int) -> (taken: Range<Int>, before: Int) {
    if extent <= target { return (0..<extent, (target - extent) / 2) }
    // round(excess / 2), halves to even.
    let excess = extent - target
    let start = excess / 2 + (excess % 4 == 3 ? 1 : 0)
    return (start..<start + target, 0)
  }
}
