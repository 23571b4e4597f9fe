#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The immutable bytes of a file or a buffer, freed with the last reference to them.
///
/// Memory: `read` holds a copy and is safe against anything that happens to the file afterwards. `map` holds pages of
/// the file itself: they are shared between processes and dropped under memory pressure, but a file that another
/// process *shortens in place* kills the reader with SIGBUS, and one that is rewritten in place changes under it.
/// Weights and pictures of unknown origin are read; the engine maps its model, which this package only ever replaces
/// by renaming a new file over the old one.
public final class FileBytes: @unchecked Sendable {
  private enum Origin { case heap, mapping }

  /// Valid for `count` bytes as long as this object lives.
  private let base: UnsafeRawPointer
  private let origin: Origin
  public let count: Int

  /// What a weight or model file may have at most: 4 GiB.
  public static let defaultLimit = 1 << 32

  private init(base: UnsafeRawPointer, count: Int, origin: Origin) {
    self.base = base
    self.count = count
    self.origin = origin
  }

  deinit {
    switch origin {
    case .heap: free(UnsafeMutableRawPointer(mutating: base))
    case .mapping: munmap(UnsafeMutableRawPointer(mutating: base), count)
    }
  }

  /// Calls `body` with the bytes; the pointer must not leave it.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(UnsafeRawBufferPointer(start: base, count: count)) }
  }

  public var view: ByteView { ByteView(self) }
}

// MARK: - Making

extension FileBytes {
  /// A buffer of `count` bytes that `fill` writes completely.
  ///
  /// - Throws: `InputError` (too large) when there is no memory for it; what `fill` throws.
  public convenience init(
    count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    guard let memory = malloc(max(count, 1)) else {
      throw InputError(.tooLarge, "", "no memory for \(count) bytes")
    }
    do {
      try fill(UnsafeMutableRawBufferPointer(start: memory, count: count))
    } catch {
      free(memory)
      throw error
    }
    self.init(base: UnsafeRawPointer(memory), count: count, origin: .heap)
  }

  public convenience init(copying bytes: [UInt8]) throws {
    try self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  /// Reads the whole regular file at `path` into memory.
  ///
  /// - Throws: `InputError` naming the file: unreadable (missing, a folder, a FIFO, a device, no permission),
  ///   truncated (empty, or shortened while it was read), too large (over `limit` bytes).
  public static func read(_ path: String, limit: Int = defaultLimit) throws -> FileBytes {
    let file = try OpenFile(path, limit: limit)
    return try FileBytes(count: file.count) { try file.read(into: $0) }
  }

  /// Maps the whole regular file at `path`, read-only and private. See the type for when this is safe.
  ///
  /// - Throws: `InputError` as `read`.
  public static func map(_ path: String, limit: Int = defaultLimit) throws -> FileBytes {
    let file = try OpenFile(path, limit: limit)
    guard let memory = mmap(nil, file.count, PROT_READ, MAP_PRIVATE, file.descriptor, 0),
      memory != UnsafeMutableRawPointer(bitPattern: -1)
    else { throw file.error(.unreadable, OpenFile.reason(errno)) }
    return FileBytes(base: UnsafeRawPointer(memory), count: file.count, origin: .mapping)
  }

  /// Tells the kernel that the mapped pages wholly inside `range` are not needed for now; they are read again when
  /// touched. Nothing happens for bytes that were read instead of mapped.
  public func dropPages(_ range: Range<Int>) {
    guard origin == .mapping else { return }
    let pageSize = Int(getpagesize())
    let first = (max(range.lowerBound, 0) + pageSize - 1) / pageSize * pageSize
    let last = range.upperBound >= count ? count : range.upperBound / pageSize * pageSize
    guard first < last else { return }
    madvise(UnsafeMutableRawPointer(mutating: base + first), last - first, Int32(MADV_DONTNEED))
  }
}

/// A regular file open for reading, closed with its last reference.
private final class OpenFile {
  let path: String
  let descriptor: Int32
  /// Bytes, at least one.
  let count: Int

  init(_ path: String, limit: Int) throws {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw InputError(.unreadable, path, "no file can have this name")
    }
    // Without O_NONBLOCK opening a FIFO would wait for a writer.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw InputError(.unreadable, path, OpenFile.reason(errno)) }
    do {
      count = try OpenFile.byteCount(descriptor, path: path, limit: limit)
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private static func byteCount(_ descriptor: Int32, path: String, limit: Int) throws -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw InputError(.unreadable, path, reason(errno)) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw InputError(.unreadable, path, "this is a folder", remedy: "name a file in it")
    default: throw InputError(.unreadable, path, "this is a device, pipe or socket, not a file")
    }
    let count = Int(status.st_size)
    guard count > 0 else {
      throw InputError(.truncated, path, "the file is empty", remedy: "fetch or export it again")
    }
    guard count <= limit else {
      throw InputError(.tooLarge, path, "the file has \(count) bytes, more than the \(limit) that are read")
    }
    return count
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws {
    var position = 0
    while position < buffer.count {
      let step = Self.readSome(
        descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[position...]))
      if step < 0 {
        if errno == EINTR { continue }
        throw error(.unreadable, OpenFile.reason(errno))
      }
      guard step > 0 else { throw error(.truncated, "the file became shorter while it was read") }
      position += step
    }
  }

  private static func readSome(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.read(descriptor, buffer.baseAddress, min(buffer.count, 1 << 30))
    #elseif canImport(Musl)
      Musl.read(descriptor, buffer.baseAddress, min(buffer.count, 1 << 30))
    #else
      Darwin.read(descriptor, buffer.baseAddress, min(buffer.count, 1 << 30))
    #endif
  }

  func error(_ kind: InputError.Kind, _ reason: String) -> InputError { InputError(kind, path, reason) }

  static func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT: "no such file"
    case EACCES, EPERM: "no permission to read it"
    default: strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
  }
}
