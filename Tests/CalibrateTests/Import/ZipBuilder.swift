import Calibrate

/// Writes zip archives, with knobs to make them contradict themselves.
struct ZipBuilder {
  struct Member {
    var name: String
    var content: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var localFlags: UInt16?
    /// nil: that of the content.
    var check: UInt32?
    var localCheck: UInt32?
    var localName: String?
    var byteCount: UInt32?
    var storedCount: UInt32?
    var localOffset: UInt32?
    var extra: [UInt8] = []
  }

  var members: [Member]
  var comment: [UInt8] = []
  /// Added to what the end record says.
  var offsetError: UInt32 = 0
  var countError: UInt16 = 0
  var beforeEnd: [UInt8] = []

  init(_ members: [Member]) { self.members = members }

  /// What `torch.save` would write: the pickle and the storages.
  static func torch(_ pickle: [UInt8], storages: [String: [UInt8]] = [:]) -> ZipBuilder {
    var members = [Member(name: "archive/data.pkl", content: pickle)]
    for (key, content) in storages.sorted(by: { $0.key < $1.key }) {
      members.append(Member(name: "archive/data/\(key)", content: content))
    }
    return ZipBuilder(members)
  }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let check = member.check ?? member.content.withUnsafeBytes { CRC32.value(of: $0) }
      let stored = little(member.storedCount ?? UInt32(member.content.count))
      let sizes = stored + little(member.byteCount ?? UInt32(member.content.count))
      let name = Array(member.name.utf8)
      let localName = Array((member.localName ?? member.name).utf8)
      let offset = member.localOffset ?? UInt32(file.count)
      file += Array("PK".utf8) + [3, 4] + little(UInt16(20)) + little(member.localFlags ?? member.flags)
      file += little(member.method) + little(UInt32(0)) + little(member.localCheck ?? check) + sizes
      file += little(UInt16(localName.count)) + little(UInt16(0)) + localName + member.content
      directory += Array("PK".utf8) + [1, 2] + little(UInt16(20)) + little(UInt16(20)) + little(member.flags)
      directory += little(member.method) + little(UInt32(0)) + little(check) + sizes
      directory += little(UInt16(name.count)) + little(UInt16(member.extra.count)) + little(UInt16(0))
      directory += little(UInt16(0)) + little(UInt16(0)) + little(UInt32(0)) + little(offset)
      directory += name + member.extra
    }
    let start = UInt32(file.count)
    file += directory + beforeEnd
    file += Array("PK".utf8) + [5, 6] + little(UInt32(0))
    let count = little(UInt16(members.count) &+ countError)
    file += count + count + little(UInt32(directory.count)) + little(start &+ offsetError)
    return file + little(UInt16(comment.count)) + comment
  }
}
