import Quant

/// A layer whose range is far wider than what is usual: its values, or those of others, then share few of the 256 steps.
public struct RangeOutlier: Sendable, Hashable {
  public enum Cause: Sendable, Hashable {
    /// The range is wider than anything that the photos show.
    case range
    /// One photo, by its number among those calibrated on, reaches so far.
    case photo(Int)
    /// The layers around it stay far below.
    case layer
    /// So many of the layer's channels do, of so many.
    case channels(Int, of: Int)
  }

  public var layer: String
  public var cause: Cause
  /// How many times as wide the range is as what is typical: as all photos', the median photo's, the median of the layers
  /// around it, the median channel's.
  public var factor: Double

  // Far beyond what EfficientNet-Lite0 and -B0 show: Docs/advice.md, "Ranges".

  private static let limit = 20.0
  private static let sumChannelLimit = 10.0
  private static let channelLimit = 100.0
  /// More channels than this part of a layer are no exception.
  private static let channelShare = 0.05
  /// Layers before and after that one is compared with.
  private static let neighbours = 4

  /// In the graph's order, one cause a layer: the first is where the values come from.
  ///
  /// - Parameter includingActivated: whether single channels after an activation count.
  static func all(in survey: ActivationSurvey, ranges: ActivationRanges, includingActivated: Bool)
    -> [RangeOutlier]
  {
    let unbounded = survey.maps.filter { $0.form != .bounded }
    let around = Dictionary(
      unbounded.indices.map { (unbounded[$0].name, usualWidth(around: $0, unbounded)) },
      uniquingKeysWith: { $1 })
    return survey.maps.compactMap { map in
      range(map, ranges.ranges[map.name]) ?? photo(map, survey)
        ?? channels(map, includingActivated: includingActivated)
        ?? layer(map, usual: around[map.name] ?? nil)
    }
  }

  private static func range(_ map: ActivationSurvey.Map, _ chosen: ChannelRanges?) -> RangeOutlier? {
    guard let chosen, let width = chosen.widths.max(), map.width > 0 else { return nil }
    let factor = Double(width) / Double(map.width)
    return factor > limit ? RangeOutlier(layer: map.name, cause: .range, factor: factor) : nil
  }

  private static func photo(_ map: ActivationSurvey.Map, _ survey: ActivationSurvey) -> RangeOutlier? {
    let peaks = map.peaks
    guard map.form != .bounded else { return nil }
    guard let first = peaks.indices.max(by: { (peaks[$0], $1) < (peaks[$1], $0) }), peaks.count > 2 else {
      return nil
    }
    let factor = Double(peaks[first]) / Double(max(peaks.sorted()[peaks.count / 2], 0x1p-60))
    guard factor > limit else { return nil }
    return RangeOutlier(layer: map.name, cause: .photo(survey.photos[first]), factor: factor)
  }

  /// The median width of the layers around layer `index`; nil where there are few.
  private static func usualWidth(around index: Int, _ maps: [ActivationSurvey.Map]) -> Float? {
    let near = max(0, index - neighbours)..<min(maps.count, index + neighbours + 1)
    let widths = near.filter { $0 != index }.map { maps[$0].width }.sorted()
    return widths.count < neighbours ? nil : widths[widths.count / 2]
  }

  private static func layer(_ map: ActivationSurvey.Map, usual: Float?) -> RangeOutlier? {
    guard let usual, usual > 0 else { return nil }
    let factor = Double(map.width) / Double(usual)
    return factor > limit ? RangeOutlier(layer: map.name, cause: .layer, factor: factor) : nil
  }

  private static func channels(_ map: ActivationSurvey.Map, includingActivated: Bool) -> RangeOutlier? {
    let limit: Double
    switch map.form {
    case .linear: limit = sumChannelLimit
    case .unbounded where includingActivated: limit = channelLimit
    case .unbounded, .bounded: return nil
    }
    let widths = map.ranges.widths.sorted()
    let typical = Double(widths[widths.count / 2])
    let count = widths.count { Double($0) > limit * typical }
    let most = max(1, Int(channelShare * Double(widths.count)))
    guard typical > 0, count > 0, count <= most else { return nil }
    return RangeOutlier(
      layer: map.name, cause: .channels(count, of: widths.count), factor: Double(map.width) / typical)
  }
}

extension ChannelRanges {
  /// Of each channel.
  fileprivate var widths: [Float] { zip(lower, upper).map { $1 - $0 } }
}

extension ActivationSurvey.Map {
  /// Of the widest channel.
  fileprivate var width: Float { ranges.widths.max() ?? 0 }
}
