import Glibc

/// A path as the file system has it: any bytes but NUL, which need not be UTF-8.
package struct FilePath: Hashable, Sendable {
  package let bytes: [UInt8]

  /// What stands before a NUL.
  package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes.prefix { $0 != 0 }) }

  package init(_ string: String) { self.init(string.utf8) }

  /// For people and for JSON: bytes that are not UTF-8 become U+FFFD.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The last component, without trailing slashes.
  package var name: FilePath {
    let trimmed = trimmingSlashes
    return FilePath(trimmed.suffix(from: trimmed.lastIndex(of: Self.slash).map { $0 + 1 } ?? 0))
  }

  /// The folder that holds the file: `.` for a bare name.
  package var folder: FilePath {
    let trimmed = trimmingSlashes
    guard let slash = trimmed.lastIndex(of: Self.slash) else { return FilePath(".") }
    return slash == 0 ? FilePath("/") : FilePath(trimmed.prefix(upTo: slash))
  }

  package func appending(_ component: FilePath) -> FilePath {
    FilePath(bytes.last == Self.slash ? bytes + component.bytes : bytes + [Self.slash] + component.bytes)
  }

  /// The same path with `suffix` in place of the extension `old`, or behind it when the path does not end so.
  package func replacingExtension(_ old: String, with suffix: String) -> FilePath {
    FilePath((hasSuffix(old) ? Array(bytes.dropLast(old.utf8.count)) : bytes) + Array(suffix.utf8))
  }

  /// Whether the path ends in `suffix`; ASCII letters are compared without case.
  package func hasSuffix(_ suffix: String) -> Bool {
    let suffix = Array(suffix.utf8)
    return bytes.count >= suffix.count
      && zip(bytes.suffix(suffix.count), suffix).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
  }

  /// Whether a folder is there, seen through links.
  package var isFolder: Bool {
    var status = stat()
    return withCString { stat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  package func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
    try (bytes + [0]).withUnsafeBytes { buffer in
      try buffer.withMemoryRebound(to: CChar.self) { characters in
        guard let start = characters.baseAddress else { return try "".withCString(body) }
        return try body(start)
      }
    }
  }

  private static let slash = UInt8(ascii: "/")

  private var trimmingSlashes: ArraySlice<UInt8> {
    var end = bytes.count
    while end > 1, bytes[end - 1] == Self.slash { end -= 1 }
    return bytes[..<end]
  }
}

extension FilePath: Comparable {
  /// By bytes: the same order in every locale.
  package static func < (a: FilePath, b: FilePath) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}

extension UInt8 {
  fileprivate var lowercasedASCII: UInt8 { (0x41...0x5a).contains(self) ? self | 0x20 : self }
}
