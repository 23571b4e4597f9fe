import ArgumentParser
import EdgeTool
import Quant

/// Counts what could not be read while the rest goes on, and fails at the end.
struct SkippedPhotos {
  private(set) var count: Int
  private let total: Int

  init(_ list: PhotoList) {
    count = list.failures.count
    total = list.paths.count
  }

  mutating func add(_ error: InputError) {
    Message.error(error)
    count += 1
  }

  mutating func add(_ errors: [InputError]) { for error in errors { add(error) } }

  /// - Throws: exit code 2 when something was left out.
  func finish() throws {
    guard count > 0 else { return }
    Message.error("\(count) of \(Number.count(total, "photo")) skipped, the rest are done")
    throw ExitStatus.badInput
  }
}
