import Glibc

/// Writes whole files or nothing.
public enum AtomicWrite {
  /// Writes `bytes` to a temporary file in the target's folder, syncs it and renames it: at `path` stands the old file or
  /// the whole new one, whatever happens.
  ///
  /// - Throws: `InputError` naming the file when the folder is missing, not writable or full; nothing is left behind.
  public static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    let bytes = Array(bytes)
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw fault(path) }
    var isDone = false
    defer {
      close(descriptor)
      if !isDone { unlink(temporary) }
    }
    try bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let written = Glibc.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { throw fault(path) }
        done += written
      }
    }
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw fault(path) }
    isDone = true
    syncFolder(of: path)
  }

  private static func syncFolder(of path: String) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func fault(_ path: String) -> InputError {
    InputError(
      .unreadable, path, "it cannot be written: \(String(cString: strerror(errno)))",
      remedy: "check the folder")
  }
}
