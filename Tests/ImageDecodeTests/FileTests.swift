import Foundation
import ImageDecode
import Quant
import TestSupport
import Testing

@Suite struct FileTests {
  private func refusal(file: String) -> InputError? {
    do {
      _ = try ImageDecoder().decode(file: file)
      return nil
    } catch {
      return error as? InputError
    }
  }

  @Test func refusesWhatIsNotARegularFileWithoutBlocking() throws {
    try withTemporaryFolder { folder in
      #expect(mkfifo(folder + "/pipe", 0o600) == 0)
      for path in ["/pipe", "", "/missing", "/missing/inside"].map({ folder + $0 }) + [
        "/dev/zero", "/dev/null",
      ] {
        let error = refusal(file: path)
        #expect(error?.kind == .unreadable, "\(path)")
        #expect(error?.subject == path)
      }
    }
  }

  @Test func refusesAFileWithoutPermission() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/photo.jpg"
      try write(ImageGoldens.picture("gray.jpg"), to: path)
      #expect(chmod(path, 0) == 0)
      // Root may read everything.
      #expect(geteuid() == 0 || refusal(file: path)?.kind == .unreadable)
    }
  }

  @Test func refusesAnEmptyFile() throws {
    try withTemporaryFolder { folder in
      try write([], to: folder + "/empty.png")
      #expect(refusal(file: folder + "/empty.png")?.kind == .truncated)
    }
  }

  @Test func refusesASparseTerabyteBeforeReadingIt() throws {
    try withTemporaryFolder { folder in
      try write(ImageGoldens.picture("gray.jpg"), to: folder + "/large.jpg")
      if truncate(folder + "/large.jpg", 1 << 40) == 0 {
        #expect(refusal(file: folder + "/large.jpg")?.kind == .tooLarge)
      }
    }
  }

  @Test func namesKeepWhatTerminalsMustNotSee() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a\n\u{1b}[31mb.jpg"
      try write(Array("text".utf8), to: path)
      let line = try #require(refusal(file: path)).description
      #expect(!line.contains("\n") && !line.contains("\u{1b}"))
    }
  }

  @Test(arguments: [
    ("\0\0\0\u{18}ftypheic\0\0\0\0", "HEIC"), ("\0\0\0\u{18}ftypmif1\0\0\0\0", "HEIC"),
    ("\0\0\0\u{18}ftypavif\0\0\0\0", "AVIF"), ("\0\0\0\u{18}ftypisom\0\0\0\0", "video"),
    ("RIFF\0\0\0\0WEBPVP8 ", "WebP"), ("GIF89a\0\0", "GIF"), ("BM\0\0\0\0", "BMP"), ("II*\0\0\0", "TIFF"),
    ("MM\0*\0\0", "TIFF"), ("%PDF-1.7", "PDF"), ("8BPS\0\u{1}", "Photoshop"),
  ])
  func tellsOtherKindsWithTheRemedy(content: String, name: String) {
    let error = ImageDecodeTests.refusal(Array(content.utf8))
    #expect(error?.kind == .unsupported && error?.reason.contains(name) == true)
    #expect(error?.remedy.isEmpty == false)
  }

  @Test(arguments: ["hello, this is text", "\0", "RIFF\0\0\0\0WAVE", "<svg/>"])
  func tellsWhatIsNoPicture(content: String) {
    #expect(ImageDecodeTests.refusal(Array(content.utf8))?.kind == .malformed)
  }
}
