import ImageDecode
import ImagePrepare
import Quant

/// Small pictures of photos, turned as a viewer shows them whatever the network's recipe says.
package struct Thumbnails: Sendable {
  /// By the photo's number; none for a photo that cannot be read any more.
  private var jpegs: [Int: [UInt8]] = [:]

  /// The long side in pixels: a page shows it at 96 CSS pixels, on screens with finer ones too.
  package static let side = 144

  package init() {}

  /// - Parameters:
  ///   - photos: numbers in `paths` to make one of.
  ///   - pool: shares the work.
  package init(of photos: Set<Int>, in paths: [FilePath], pool: WorkerPool) {
    let order = photos.filter { paths.indices.contains($0) }.sorted()
    let made = pool.mapInParallel(order.count) { Self.jpeg(of: paths[order[$0]]) }
    for (photo, jpeg) in zip(order, made) { jpegs[photo] = jpeg }
  }

  package subscript(photo: Int) -> [UInt8]? { jpegs[photo] }

  /// nil when the photo cannot be read.
  static func jpeg(of path: FilePath) -> [UInt8]? {
    // The decoder reads large JPEGs at a fraction of their size that leaves at least twice this.
    let recipe = Recipe(
      name: "thumbnail", resize: .shortSide(side), filter: .bilinear, inputSize: Size2D(side), scale: 1,
      mean: [0, 0, 0], deviation: [1, 1, 1], background: [255, 255, 255])
    guard let picture = try? PhotoReader(recipe: recipe, decoding: .fast).picture(path) else { return nil }
    let seen = picture.seen
    let long = max(seen.height, seen.width)
    guard long > side else { return try? JPEGEncoder.encode(seen) }
    let size = Size2D(
      height: max(1, seen.height * side / long), width: max(1, seen.width * side / long))
    guard let small = try? seen.resized(to: size, filter: .bilinear) else { return nil }
    return try? JPEGEncoder.encode(small)
  }
}
