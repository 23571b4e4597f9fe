import Glibc
import Quant

/// The SHA-256 of a file's bytes, computed by a thread of its own while the file is read.
final class BackgroundHash: @unchecked Sendable {
  private let file: FileBytes
  /// Written by the thread, read after it was joined.
  private var digest: String?
  private var thread: pthread_t?

  init(_ file: FileBytes) {
    self.file = file
    let argument = Unmanaged.passRetained(self)
    var thread = pthread_t()
    let failure = pthread_create(&thread, nil, BackgroundHash.run, argument.toOpaque())
    if failure == 0 { self.thread = thread } else { argument.release() }
  }

  private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    argument in
    if let argument { Unmanaged<BackgroundHash>.fromOpaque(argument).takeRetainedValue().compute() }
    return nil
  }

  private func compute() {
    var hash = SHA256()
    ByteView(file).withUnsafeBytes { hash.update($0) }
    digest = SHA256.hex(hash.finalize())
  }

  deinit { if let thread { pthread_detach(thread) } }

  /// The hash in hexadecimal, once the thread is done; computed here when no thread could be had.
  func value() -> String {
    if let thread {
      pthread_join(thread, nil)
      self.thread = nil
    }
    if digest == nil { compute() }
    return digest ?? ""
  }
}
