import Quant

/// The directory of a zip archive, checked against the members themselves.
///
/// Readers disagree about archives that contradict themselves, and that is how hostile ones pass a scanner: here
/// every such archive is refused. Source: PKWARE's APPNOTE.TXT 6.3.
///
/// - Invariant: members do not overlap, lie before the directory, have unique names that stay inside a folder, and
///   declare at most 1 000 times their stored bytes and 4 GiB.
package struct ZipArchive: Sendable {
  package struct Member: Hashable, Sendable {
    package let name: String
    package let isDeflated: Bool
    /// Where the stored bytes stand in the file.
    package let stored: Range<Int>
    /// Bytes of the content.
    package let byteCount: Int
    /// CRC-32 of the content; 0 when the writer made none.
    package let check: UInt32
  }

  package let members: [Member]
  private let file: ByteView
  private let indices: [String: Int]

  package static let memberLimit = 400_000
  package static let expansionLimit = 1_000

  /// - Throws: `InputError` without a file's name: truncated, malformed, unsupported (encryption, other compression),
  ///   too large.
  package init(_ file: ByteView) throws {
    self.file = file
    let end = try ZipEnd(file)
    var reader = ZipDirectoryReader(file: file, end: end)
    members = try reader.readMembers()
    var indices: [String: Int] = [:]
    for (index, member) in members.enumerated() {
      guard indices.updateValue(index, forKey: member.name) == nil else {
        throw InputError(.malformed, "", "zip: two members are named \(member.name)")
      }
    }
    self.indices = indices
  }

  package subscript(name: String) -> Member? { indices[name].map { members[$0] } }

  /// The content of a member: a part of the file when it is stored, decompressed otherwise.
  ///
  /// - Throws: `InputError` (malformed, truncated) when it cannot be decompressed or its CRC-32 is wrong. A CRC-32 of 0
  ///   is not checked: some writers of PyTorch files leave it out.
  package func contents(of member: Member) throws -> ByteView {
    guard let stored = file.slice(at: member.stored.lowerBound, count: member.stored.count) else {
      throw InputError(.truncated, member.name, "zip: the member ends past the file")
    }
    let contents = member.isDeflated ? try inflate(stored, member) : stored
    guard member.check != 0 else { return contents }
    guard contents.withUnsafeBytes({ CRC32.value(of: $0) }) == member.check else {
      throw InputError(
        .malformed, member.name, "zip: the CRC-32 is wrong", remedy: "the file is damaged, fetch it again")
    }
    return contents
  }

  private func inflate(_ stored: ByteView, _ member: Member) throws -> ByteView {
    do {
      return try ByteView(count: member.byteCount) { output in
        try stored.withUnsafeBytes { try Inflater.inflate($0, into: output) }
      }
    } catch let error as InputError {
      throw error.inFile(member.name)
    }
  }
}
