import Glibc

/// What a target does with one input.
public typealias FuzzBody = @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt

@_silgen_name("LLVMFuzzerRunDriver")
private func libFuzzerRun(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>, _ body: FuzzBody
) -> CInt

/// Runs libFuzzer. Targets give SwiftPM, which renames `main`, an entry point of their own that calls this.
public func runFuzzer(
  _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ body: FuzzBody
) -> CInt {
  var count = count
  var arguments = arguments
  return libFuzzerRun(&count, &arguments, body)
}

/// A file in memory, with a path: readers take files.
public final class ScratchFile {
  private let descriptor: CInt
  public let path: String

  /// - Returns: nil when it cannot be made.
  public init?() {
    var template = Array("/dev/shm/edge-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return nil }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } + "/input"
    descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if descriptor < 0 { return nil }
  }

  public func write(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Bool {
    ftruncate(descriptor, count) == 0 && pwrite(descriptor, start, count, 0) == count
  }
}
