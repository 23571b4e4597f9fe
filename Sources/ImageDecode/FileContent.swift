import Quant

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Whole files in memory. They are not mapped: a mapped file that another program cuts short kills the process.
enum FileContent {
  /// Reads a regular file whose first bytes are a picture's.
  ///
  /// - Throws: `InputError` (unreadable, tooLarge), or what `PictureKind` says of the first bytes.
  static func ofPicture(_ path: String, limits: DecodeLimits) throws -> [UInt8] {
    // Without O_NONBLOCK, opening a pipe waits for a writer.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw unreadable(errno) }
    defer { close(descriptor) }

    let byteCount = try regularFileSize(descriptor)
    guard byteCount <= limits.fileBytes else {
      throw InputError(
        .tooLarge, "", "\(byteCount) bytes are more than a picture may have (\(limits.fileBytes))",
        remedy: "make it smaller")
    }
    _ = try PictureKind(of: bytes(of: descriptor, count: min(byteCount, PictureKind.headByteCount)))
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw unreadable(errno) }
    return try bytes(of: descriptor, count: byteCount)
  }

  private static func unreadable(_ code: Int32) -> InputError {
    switch code {
    case ENOENT, ENOTDIR: InputError(.unreadable, "", "there is no such file", remedy: "check the path")
    case EACCES, EPERM:
      InputError(.unreadable, "", "no permission to read it", remedy: "check its owner and mode")
    case ENXIO: notRegular("a socket or a pipe")
    default: InputError(.unreadable, "", "it cannot be read (\(String(cString: strerror(code))))")
    }
  }

  private static func notRegular(_ what: String) -> InputError {
    InputError(.unreadable, "", "this is \(what), not a file", remedy: "name a JPEG or PNG file")
  }

  private static func regularFileSize(_ descriptor: Int32) throws -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return Int(status.st_size)
    case S_IFDIR: throw notRegular("a folder")
    case S_IFIFO: throw notRegular("a pipe")
    default: throw notRegular("a device")
    }
  }

  /// Up to `count` bytes; fewer when the file has shrunk since.
  private static func bytes(of descriptor: Int32, count: Int) throws -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count, let base = buffer.baseAddress {
        let got = read(descriptor, base + initialized, count - initialized)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        initialized += got
      }
    }
    guard failure == 0 else { throw unreadable(failure) }
    return bytes
  }
}
