#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that appears whole or not at all: written under another name in the same folder, synced, renamed.
public final class AtomicFile {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Int32

  /// Replaces the file at `path` by what `body` appends.
  ///
  /// - Throws: `InputError` (unreadable) naming the file, or what `body` throws; the old file stays as it was and the
  ///   temporary one is removed.
  public static func write(_ path: String, _ body: (AtomicFile) throws -> Void) throws {
    let file = try AtomicFile(path)
    do {
      try body(file)
      try file.commit()
    } catch {
      unlink(file.temporaryPath)
      throw error
    }
  }

  private init(_ path: String) throws {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw InputError(.unreadable, path, "no file can have this name")
    }
    self.path = path
    let unique = "\(getpid())-\(UInt32.random(in: 0 ... .max))"
    temporaryPath = "\(path).\(unique).partial"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
  }

  deinit { close(descriptor) }

  public func append(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try append($0) }
  }

  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    var position = 0
    while position < bytes.count {
      let part = UnsafeRawBufferPointer(rebasing: bytes[position...])
      let step = Self.writeSome(descriptor, part)
      if step < 0 {
        if errno == EINTR { continue }
        throw Self.failure(path)
      }
      position += step
    }
  }

  private static func writeSome(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes.baseAddress, min(bytes.count, 1 << 30))
    #elseif canImport(Musl)
      Musl.write(descriptor, bytes.baseAddress, min(bytes.count, 1 << 30))
    #else
      Darwin.write(descriptor, bytes.baseAddress, min(bytes.count, 1 << 30))
    #endif
  }

  private func commit() throws {
    guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else { throw Self.failure(path) }
    Self.syncFolder(of: path)
  }

  /// Makes the new name durable. A folder that cannot be opened or synced (some network file systems) is no error:
  /// the file itself is whole.
  private static func syncFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func failure(_ path: String) -> InputError {
    let code = errno
    let reason =
      switch code {
      case ENOENT, ENOTDIR: "the folder does not exist"
      case EACCES, EPERM, EROFS: "no permission to write there"
      case ENOSPC, EDQUOT: "no space left on the device"
      case EISDIR: "this is a folder"
      default: strerror(code).map { String(cString: $0) } ?? "error \(code)"
      }
    return InputError(.unreadable, path, "cannot be written: \(reason)")
  }
}
