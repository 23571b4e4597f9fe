import Glibc

/// A file that appears under its name complete or not at all.
///
/// Bytes go to a temporary file in the same folder; `commit` syncs and renames it. Without a commit, also on Ctrl-C,
/// the temporary file is removed.
package final class OutputFile {
  package let path: FilePath
  private let temporary: FilePath
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private static let bufferByteCount = 1 << 18

  /// - Throws: `InputError` naming `path` when its folder is missing or may not be written.
  package init(_ path: FilePath) throws {
    self.path = path
    guard !path.isFolder else {
      throw InputError(.unreadable, path.text, "this is a folder", remedy: "name a file to write")
    }
    temporary = path.folder.appending(
      FilePath(Array(".".utf8) + path.name.bytes + Array(".\(getpid()).tmp".utf8)))
    descriptor = TemporaryFiles.create(temporary)
    guard descriptor >= 0 else { throw InputError(writing: path, failedWith: errno) }
  }

  deinit { discard() }

  /// Told before long work, not after it.
  ///
  /// - Throws: `InputError` when `path` could not be written.
  package static func checkWritable(_ path: FilePath) throws { _ = try OutputFile(path) }

  package func write(_ bytes: some Sequence<UInt8>) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.bufferByteCount { try flush() }
  }

  package func write(_ text: String) throws { try write(text.utf8) }

  /// Overwrites bytes that have been written already, from the file's start.
  package func rewriteStart(_ bytes: [UInt8]) throws {
    try flush()
    try writeAll(bytes) { pointer, count, done in pwrite(descriptor, pointer, count, off_t(done)) }
  }

  /// Makes the file appear under its name.
  package func commit() throws {
    try flush()
    guard fsync(descriptor) == 0 else { throw failure() }
    close(descriptor)
    descriptor = -1
    let status = temporary.withCString { from in path.withCString { rename(from, $0) } }
    guard status == 0 else { throw failure() }
    TemporaryFiles.remove(temporary)
    syncFolder()
  }

  private func discard() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    TemporaryFiles.delete(temporary)
  }

  private func flush() throws {
    try writeAll(buffer) { pointer, count, _ in Glibc.write(descriptor, pointer, count) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func writeAll(_ bytes: [UInt8], _ put: (UnsafeRawPointer, Int, Int) -> Int) throws {
    try bytes.withUnsafeBytes { source in
      var done = 0
      while done < source.count, let start = source.baseAddress {
        let count = put(start + done, source.count - done, done)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw failure() }
        done += count
      }
    }
  }

  private func failure() -> InputError { InputError(writing: path, failedWith: errno) }

  /// The new name outlives a power cut once the folder is synced; file systems that cannot are left alone.
  private func syncFolder() {
    let folder = path.folder.withCString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }
}

extension InputError {
  /// Why `path` could not be written, from `errno`.
  package init(writing path: FilePath, failedWith code: Int32) {
    switch code {
    case ENOENT, ENOTDIR:
      self.init(.unreadable, path.text, "its folder does not exist", remedy: "create the folder first")
    case EACCES, EPERM, EROFS:
      self.init(.unreadable, path.text, "no permission to write there", remedy: "choose another folder")
    case ENOSPC, EDQUOT:
      self.init(
        .unreadable, path.text, "the disk is full", remedy: "free some space; nothing was left behind")
    default:
      self.init(.unreadable, path.text, "it cannot be written (\(String(cString: strerror(code))))")
    }
  }
}
