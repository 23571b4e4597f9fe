import Glibc
import Int8Kernels

/// The bytes of a regular file, mapped read-only.
///
/// Nothing else than a regular file is opened: a FIFO, a device or a folder is refused without waiting. The pages are the
/// file's own: they cost no memory that cannot be dropped. A file that another program shortens while it is mapped ends
/// the process (SIGBUS) when the missing pages are read, as for every program that maps files; `copied: true` reads them
/// into memory instead, where a shortened file is an error.
public final class FileBytes: @unchecked Sendable {
  public let path: String
  public let count: Int
  private let start: UnsafeRawPointer?
  private let isMapped: Bool
  /// Pages are the file's own, and can be read from it again.
  private let isFile: Bool

  /// The largest weights or model file that is opened.
  public static let limit = 4 << 30

  /// - Throws: `InputError` naming the file when it is missing, no regular file, not readable, empty or over `limit`.
  public init(path: String, limit: Int = FileBytes.limit, copied: Bool = false) throws {
    self.path = path
    isMapped = true
    isFile = !copied
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "no regular file"
      throw InputError(.unreadable, path, "this is \(kind)", remedy: "name a file")
    }
    count = Int(status.st_size)
    guard count > 0 else { throw InputError(.truncated, path, "the file is empty") }
    guard count <= limit else {
      throw InputError(.tooLarge, path, "the file has \(count >> 20) MiB; \(limit >> 20) MiB are the limit")
    }
    let memory = mmap(
      nil, count, copied ? PROT_READ | PROT_WRITE : PROT_READ,
      copied ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_PRIVATE,
      copied ? -1 : descriptor, 0)
    guard let memory, memory != MAP_FAILED else { throw Self.unreadable(path, errno) }
    start = UnsafeRawPointer(memory)
    guard copied else { return }
    var done = 0
    while done < count {
      let got = read(descriptor, memory + done, count - done)
      guard got > 0 else {
        let error =
          got == 0
          ? InputError(.truncated, path, "the file became shorter while it was read")
          : Self.unreadable(path, errno)
        if got < 0, errno == EINTR { continue }
        throw error
      }
      done += got
    }
  }

  /// Bytes that are there as long as the process: a part of the program.
  package init(resident bytes: UnsafeRawBufferPointer, named path: String) {
    self.path = path
    isMapped = false
    isFile = false
    count = bytes.count
    start = bytes.baseAddress
  }

  deinit { if isMapped { munmap(UnsafeMutableRawPointer(mutating: start), count) } }

  /// Calls `body` with the bytes; the pointer must not leave it, unless whoever keeps it keeps this object too.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(UnsafeRawBufferPointer(start: start, count: count)) }
  }

  private static func unreadable(_ path: String, _ code: Int32) -> InputError {
    InputError(
      .unreadable, path, String(cString: strerror(code)).lowercasedFirst,
      remedy: "check the path and its permissions")
  }
}

extension FileBytes: WeightOwner {
  /// As `giveBack`, for the whole file.
  package func giveBackAll() { withUnsafeBytes { giveBack($0) } }

  /// Drops the pages from this process; they are read from the file again when they are needed.
  package func giveBack(_ bytes: UnsafeRawBufferPointer) {
    guard isFile, let start, let first = bytes.baseAddress, !bytes.isEmpty else { return }
    let offset = first - start
    guard offset >= 0, offset + bytes.count <= count else { return }
    // The mapping begins with a page; neighbours on the first and the last page lose nothing but time.
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let begin = offset / page * page
    madvise(UnsafeMutableRawPointer(mutating: start + begin), offset + bytes.count - begin, MADV_DONTNEED)
  }
}

extension String {
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
