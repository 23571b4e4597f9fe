import Glibc
import Quant

/// Files beside an ONNX file that hold its tensors' numbers.
///
/// Only regular files inside the ONNX file's own folder are opened: no absolute path, no `..`, no symbolic link in any
/// component below the folder, no file with a second hard link. Nothing is ever written.
package final class ONNXExternalData {
  private let folder: String?
  private var files: [String: ExternalFile] = [:]
  /// Bytes read so far, over all tensors.
  private var byteCount = 0

  /// - Parameter folder: nil when nothing may be opened.
  package init(folder: String?) { self.folder = folder }

  /// Of all files opened.
  private(set) var storedByteCount = 0

  /// The files opened, by their names in the ONNX file.
  package var locations: [String] {
    files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Of the bytes of `onnx` and of the files opened, whole and in the order of `locations`, one after the other: changed
  /// numbers change it. nil when no file was opened.
  ///
  /// - Throws: `InputError` when a file became shorter or cannot be read.
  func sha256(after onnx: ByteView) throws -> String? {
    guard !files.isEmpty else { return nil }
    var hash = SHA256()
    onnx.withUnsafeBytes { hash.update($0) }
    for location in locations { try files[location]?.update(&hash) }
    return SHA256.hex(hash.finalize())
  }

  /// The `byteCount` bytes that a tensor's keys name.
  ///
  /// - Throws: `InputError` without a tensor's name.
  func bytes(_ entries: [(key: String, value: String)], byteCount count: Int) throws -> ByteView {
    var (location, offset, length) = (String?.none, 0, Int?.none)
    for (key, value) in entries {
      switch key {
      case "location": location = value
      case "offset": offset = try Self.number(key, value)
      case "length": length = try Self.number(key, value)
      case "checksum", "basepath": break
      default: throw InputError(.unsupported, "", "external data with the key \"\(key.short)\"")
      }
    }
    guard let location else { throw InputError(.malformed, "", "external data without a location") }
    guard length == nil || length == count else {
      throw InputError(.malformed, "", "\(length ?? 0) bytes of external data for \(count) bytes of numbers")
    }
    return try read(location, offset: offset, count: count)
  }

  private static func number(_ key: String, _ text: String) throws -> Int {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text) else {
      throw InputError(.malformed, "", "external data with the \(key) \"\(text.short)\"")
    }
    return value
  }

  private func read(_ location: String, offset: Int, count: Int) throws -> ByteView {
    let file = try file(location)
    guard offset <= file.byteCount, count <= file.byteCount - offset else {
      throw InputError(
        .truncated, location.short,
        "\(count) bytes from \(offset) are not all in a file of \(file.byteCount)",
        remedy: "fetch the data file again")
    }
    byteCount += count
    // Repeated looks into one file must not fill memory.
    guard byteCount / 4 <= storedByteCount else {
      throw InputError(.tooLarge, location.short, "the tensors repeat the file's numbers too often")
    }
    return try ByteView(count: count) { try file.read(into: $0, from: offset) }
  }

  private func file(_ location: String) throws -> ExternalFile {
    if let file = files[location] { return file }
    guard let folder else {
      throw InputError(.unsupported, "", "its numbers are in another file, \(location.short)")
    }
    guard files.count < 1024 else { throw InputError(.tooLarge, "", "more than 1024 external files") }
    let file = try ExternalFile(folder: folder, location: location)
    files[location] = file
    storedByteCount += file.byteCount
    return file
  }
}

/// One open file of numbers.
private final class ExternalFile {
  private let descriptor: CInt
  private let location: String
  let byteCount: Int

  init(folder: String, location: String) throws {
    self.location = location.short
    descriptor = try Self.open(folder: folder, location)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw InputError(.unreadable, location.short, "external data that is no regular file")
    }
    guard status.st_nlink == 1 else {
      close(descriptor)
      throw InputError(
        .unsupported, location.short, "external data with a second hard link",
        remedy: "copy the data file instead of linking it")
    }
    guard status.st_size <= FileBytes.limit else {
      close(descriptor)
      throw InputError(.tooLarge, location.short, "external data of \(status.st_size >> 20) MiB")
    }
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Opens component by component, so that no link leads elsewhere.
  private static func open(folder: String, _ location: String) throws -> CInt {
    let components = location.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let isPlain = components.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0) }
    guard isPlain, components.count <= 64 else {
      throw InputError(
        .unsupported, location.short, "external data outside the ONNX file's folder",
        remedy: "keep the data file beside the ONNX file")
    }
    var current = Glibc.open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    for (index, component) in components.enumerated() where current >= 0 {
      let kind = index == components.count - 1 ? O_NONBLOCK | O_NOCTTY : O_DIRECTORY
      let next = openat(current, component, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind)
      let code = errno
      close(current)
      current = next
      errno = code
    }
    guard current >= 0 else { throw unreadable(location, errno) }
    return current
  }

  private static func unreadable(_ location: String, _ code: CInt) -> InputError {
    if code == ELOOP || code == ENOTDIR {
      return InputError(
        .unsupported, location.short, "external data behind a symbolic link or no folder",
        remedy: "put the data file itself beside the ONNX file")
    }
    return InputError(
      .unreadable, location.short, "the external data cannot be opened: \(String(cString: strerror(code)))",
      remedy: "keep the data file beside the ONNX file")
  }

  /// Takes the whole file into `hash`, a piece at a time.
  func update(_ hash: inout SHA256) throws {
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { piece.deallocate() }
    for start in stride(from: 0, to: byteCount, by: piece.count) {
      let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(piece.count, byteCount - start)])
      try read(into: part, from: start)
      hash.update(UnsafeRawBufferPointer(part))
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, from offset: Int) throws {
    var done = 0
    while done < buffer.count, let base = buffer.baseAddress {
      let got = pread(descriptor, base + done, buffer.count - done, offset + done)
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        throw InputError(.truncated, location, "the external data became shorter while it was read")
      }
      done += got
    }
  }
}
