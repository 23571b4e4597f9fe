import Glibc
import Quant

/// The photos that a command's arguments name: files, folders and lists.
package struct PhotoList: Sendable {
  /// Arguments in the order given; a folder's photos stand in its place, in the order of their paths' bytes.
  package private(set) var paths: [FilePath] = []
  /// Files of folders whose names are not those of pictures.
  package private(set) var ignoredFiles = 0
  /// Folders that could not be read: the photos in them are missing.
  package private(set) var failures: [InputError] = []

  package init() {}

  /// - Parameters:
  ///   - arguments: paths, or `-` for a list of paths on `standardInput`: one a line, or NUL-separated when it has a NUL.
  ///   - standardInput: read when `-` is among the arguments.
  /// - Throws: `InputError` when the list on standard input is too long.
  package init(_ arguments: [String], standardInput: Int32 = STDIN_FILENO) throws {
    for argument in arguments {
      if argument == "-" {
        let bytes = try RegularFile.read(standardInput, limit: Self.listByteLimit)
        for path in Self.split(bytes) { add(path) }
      } else if argument.isEmpty {
        throw InputError(.usage, "", "an empty path is among the photos", remedy: "check the arguments")
      } else {
        add(FilePath(argument))
      }
    }
  }

  /// Adds one file, which need not exist, or a folder's photos.
  package mutating func add(_ path: FilePath) {
    guard path.isFolder else { return paths.append(path) }
    var walk = FolderWalk(root: path)
    walk.run()
    paths += walk.photos.sorted()
    ignoredFiles += walk.ignoredFiles
    failures += walk.failures
  }

  /// The entries of a list: `.paths.txt` has the same form.
  package static func split(_ bytes: [UInt8]) -> [FilePath] {
    let separator: UInt8 = bytes.contains(0) ? 0 : UInt8(ascii: "\n")
    return bytes.split(separator: separator).map { FilePath($0) }
  }

  /// The list that `split` reads back: NUL-separated when a path has a line break in it.
  package static func joined(_ paths: [FilePath]) -> [UInt8] {
    let separator: UInt8 = paths.contains { $0.bytes.contains(UInt8(ascii: "\n")) } ? 0 : UInt8(ascii: "\n")
    return paths.flatMap { $0.bytes + [separator] }
  }

  private static let listByteLimit = 1 << 28
}

/// Collects the pictures under a folder without recursion; every folder once, whatever links lead to it.
private struct FolderWalk {
  var photos: [FilePath] = []
  var ignoredFiles = 0
  var failures: [InputError] = []
  private var pending: [FilePath]
  /// Linked folders are entered last, so that a photo keeps the path without links if it has one.
  private var linked: [FilePath] = []
  private var seen: Set<Identity> = []

  private struct Identity: Hashable {
    var device: dev_t
    var inode: ino_t
  }

  private enum Kind { case folder, link, file }

  init(root: FilePath) { pending = [root] }

  mutating func run() {
    while true {
      if let folder = pending.popLast() {
        read(folder)
      } else if let folder = linked.popLast() {
        pending.append(folder)
      } else {
        return
      }
    }
  }

  private mutating func read(_ folder: FilePath) {
    guard let stream = folder.withCString({ opendir($0) }) else {
      failures.append(InputError(openingFailedWith: errno).inFile(folder.text))
      return
    }
    defer { closedir(stream) }
    var status = stat()
    guard fstat(dirfd(stream), &status) == 0,
      seen.insert(Identity(device: status.st_dev, inode: status.st_ino)).inserted
    else { return }
    var names: [FilePath] = []
    while let entry = readdir(stream) {
      let name = FilePath(copying: entry)
      if name.bytes.first != UInt8(ascii: ".") { names.append(name) }
    }
    // Sorted before anything depends on the order, which is the file system's.
    for name in names.sorted(by: >) { add(folder.appending(name)) }
  }

  private mutating func add(_ path: FilePath) {
    switch kind(of: path) {
    case .folder: pending.append(path)
    case .link: linked.append(path)
    case .file where [".jpg", ".jpeg", ".png"].contains(where: path.hasSuffix): photos.append(path)
    case .file: ignoredFiles += 1
    }
  }

  private func kind(of path: FilePath) -> Kind {
    var status = stat()
    guard path.withCString({ lstat($0, &status) }) == 0 else { return .file }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .folder
    case S_IFLNK: return path.isFolder ? .link : .file
    default: return .file
    }
  }
}

extension FilePath {
  fileprivate init(copying entry: UnsafeMutablePointer<dirent>) {
    let start = UnsafeRawPointer(entry).advanced(by: MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
    let length = strlen(start.assumingMemoryBound(to: CChar.self))
    self.init(UnsafeRawBufferPointer(start: start, count: length))
  }
}
