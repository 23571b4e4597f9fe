import Glibc
import Quant

/// Whole files in memory, within a limit. They are not mapped: a mapped file that another program cuts short kills the
/// process.
package enum RegularFile {
  /// Reads a regular file. A pipe or a device is refused, never waited for.
  ///
  /// - Throws: `InputError` that names the file.
  package static func read(_ path: FilePath, limit: Int) throws -> [UInt8] {
    try opening(path) { descriptor, byteCount in
      guard byteCount <= limit else {
        throw InputError(.tooLarge, "", "it has \(byteCount) bytes; \(limit) are the limit")
      }
      return try read(descriptor, limit: limit, expecting: byteCount)
    }
  }

  /// The first `count` bytes of a regular file, or all when it has fewer.
  ///
  /// - Throws: as `read`.
  static func head(_ path: FilePath, count: Int) throws -> [UInt8] {
    try opening(path) { descriptor, byteCount in
      var bytes = [UInt8](repeating: 0, count: min(count, byteCount))
      let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      guard got >= 0 else { throw InputError(openingFailedWith: errno) }
      return Array(bytes.prefix(got))
    }
  }

  private static func opening<Result>(
    _ path: FilePath, _ body: (_ descriptor: Int32, _ byteCount: Int) throws -> Result
  ) throws -> Result {
    do {
      // Without O_NONBLOCK, opening a pipe waits for a writer.
      let descriptor = path.withCString { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) }
      guard descriptor >= 0 else { throw InputError(openingFailedWith: errno) }
      defer { close(descriptor) }
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw InputError(openingFailedWith: errno) }
      try checkRegular(status.st_mode)
      return try body(descriptor, Int(status.st_size))
    } catch let error as InputError {
      throw error.inFile(path.text)
    }
  }

  /// As `read`; nil when there is no such file.
  package static func readIfPresent(_ path: FilePath, limit: Int) throws -> [UInt8]? {
    var status = stat()
    if path.withCString({ stat($0, &status) }) != 0, errno == ENOENT { return nil }
    return try read(path, limit: limit)
  }

  /// Reads a descriptor to its end, whatever it is: standard input may be a pipe.
  ///
  /// - Throws: `InputError` when it holds more than `limit` bytes or cannot be read.
  package static func read(_ descriptor: Int32, limit: Int, expecting count: Int = 0) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 1)
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { chunk.deallocate() }
    while true {
      let got = Glibc.read(descriptor, chunk.baseAddress, chunk.count)
      if got == 0 { return bytes }
      if got < 0 {
        if errno == EINTR { continue }
        throw InputError(openingFailedWith: errno)
      }
      guard bytes.count + got <= limit else {
        throw InputError(.tooLarge, "", "it has more than \(limit) bytes, the limit")
      }
      bytes.append(contentsOf: chunk.prefix(got))
    }
  }

  private static func checkRegular(_ mode: mode_t) throws {
    let what =
      switch mode & S_IFMT {
      case S_IFREG: ""
      case S_IFDIR: "a folder"
      case S_IFIFO: "a pipe"
      default: "a device"
      }
    guard what.isEmpty else {
      throw InputError(.unreadable, "", "this is \(what), not a file", remedy: "name a file")
    }
  }
}

extension InputError {
  /// Why a file could not be opened or read, from `errno`.
  package init(openingFailedWith code: Int32) {
    switch code {
    case ENOENT, ENOTDIR:
      self.init(.unreadable, "", "there is no such file", remedy: "check the path")
    case EACCES, EPERM:
      self.init(.unreadable, "", "no permission to read it", remedy: "check its owner and mode")
    case ENXIO:
      self.init(.unreadable, "", "this is a pipe or a socket, not a file", remedy: "name a file")
    default:
      self.init(.unreadable, "", "it cannot be read (\(String(cString: strerror(code))))")
    }
  }
}
