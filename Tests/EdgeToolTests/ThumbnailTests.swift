import EdgeTool
import Foundation
import ImageDecode
import ImagePrepare
import Quant
import Testing

@Suite struct ThumbnailTests {
  private static func picture(height: Int, width: Int) -> Image {
    var pixels: [UInt8] = []
    for row in 0..<height {
      for column in 0..<width {
        pixels.append(UInt8(column * 255 / width))
        pixels.append(UInt8(row * 255 / height))
        pixels.append(90)
      }
    }
    return Image(height: height, width: width, pixels: pixels)
  }

  @Test func aPictureSurvivesJPEG() throws {
    let image = Self.picture(height: 40, width: 56)
    let bytes = try JPEGEncoder.encode(image, quality: 90)
    let read = try ImageDecoder().decode(bytes: bytes)
    #expect(read.height == 40 && read.width == 56)
    let difference = zip(image.pixels, read.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    #expect(difference < 4 * image.pixels.count, "\(difference)")
    #expect(try JPEGEncoder.encode(image, quality: 20).count < bytes.count)
  }

  @Test func thumbnailsAreSmallAndKeepProportions() throws {
    let folder = TemporaryFolder()
    let large = try JPEGEncoder.encode(Self.picture(height: 600, width: 900))
    let paths = [
      try folder.write("large.jpg", large),
      try folder.write("small.jpg", try JPEGEncoder.encode(Self.picture(height: 20, width: 10))),
      try folder.write("none.jpg", Array("no picture".utf8)),
      try folder.write(FilePath([0xff, 0xfe] + Array(".jpg".utf8)), large),
    ]
    let thumbnails = Thumbnails(of: [0, 1, 2, 3, 9], in: paths, pool: WorkerPool(threads: 2))
    let first = try ImageDecoder().decode(bytes: try #require(thumbnails[0]))
    #expect(first.width == Thumbnails.side && first.height == Thumbnails.side * 2 / 3)
    let second = try ImageDecoder().decode(bytes: try #require(thumbnails[1]))
    #expect(second.height == 20 && second.width == 10)
    #expect(thumbnails[2] == nil && thumbnails[9] == nil)
    #expect(thumbnails[3] == thumbnails[0], "a name that is no UTF-8")
  }
}
