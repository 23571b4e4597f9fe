import Foundation
import ImageDecode
import ImagePrepare
import Quant
import Testing

/// Runs `body` with a folder that is removed afterwards.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("edge-" + UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.path)
}

func write(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// The error that decoding `bytes` gives; nil when it succeeds. Anything slower than a second is an issue.
func refusal(_ bytes: [UInt8], decoder: ImageDecoder = ImageDecoder()) -> InputError? {
  let clock = ContinuousClock()
  let start = clock.now
  defer { #expect(clock.now - start < .seconds(1)) }
  do {
    _ = try decoder.decode(bytes: bytes)
    return nil
  } catch let error as InputError {
    return error
  } catch {
    Issue.record("not an InputError: \(error)")
    return nil
  }
}

extension [UInt8] {
  /// Big-endian.
  init(_ value: Int, byteCount: Int) {
    self = (0..<byteCount).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
