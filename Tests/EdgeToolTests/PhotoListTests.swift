import EdgeTool
import Foundation
import Quant
import TestSupport
import Testing

@Suite struct PhotoListTests {
  let folder = TemporaryFolder()

  private func relative(_ list: PhotoList) -> [String] {
    list.paths.map { String($0.text.dropFirst(folder.path.text.count + 1)) }
  }

  @Test func walksFoldersInOrderOfBytes() throws {
    for name in [
      "b.jpg", "a/z.PNG", "a-b.jpeg", "a/b/c.jpg", "Z.jpg", "é.jpg", ".hidden.jpg", ".git/x.jpg", "notes.txt",
    ] {
      try folder.write(name)
    }
    let list = try PhotoList([folder.path.text])
    #expect(relative(list) == ["Z.jpg", "a-b.jpeg", "a/b/c.jpg", "a/z.PNG", "b.jpg", "é.jpg"])
    #expect(list.ignoredFiles == 1)
  }

  @Test func endsSymbolicLinkLoops() throws {
    try folder.write("real/x.jpg")
    symlink("..", folder["real/loop"].text)
    symlink("real", folder["again"].text)
    symlink("real/x.jpg", folder["linked.jpg"].text)
    let list = try PhotoList([folder.path.text])
    #expect(relative(list) == ["linked.jpg", "real/x.jpg"])
    #expect(list.failures.isEmpty)
  }

  @Test func keepsOddNames() throws {
    let invalid = FilePath(Array("\u{1}".utf8) + [0xff, 0xfe] + Array(".jpg".utf8))
    try folder.write(invalid)
    try folder.write("line\nbreak.jpg")
    try folder.write("-dash.jpg")
    let list = try PhotoList([folder.path.text])
    #expect(list.paths.map(\.name) == [invalid, FilePath("-dash.jpg"), FilePath("line\nbreak.jpg")])
  }

  @Test func takesFilesAsTheyAreNamed() throws {
    let list = try PhotoList(["no/such.jpg", "notes.txt"])
    #expect(list.paths == [FilePath("no/such.jpg"), FilePath("notes.txt")])
    #expect(throws: InputError.self) { try PhotoList([""]) }
  }

  @Test func doesNotWaitForPipes() throws {
    mkfifo(folder["pipe.jpg"].text, 0o600)
    #expect(relative(try PhotoList([folder.path.text])) == ["pipe.jpg"])
    let error = try refusal { try RegularFile.read(folder["pipe.jpg"], limit: 10) }
    #expect(error.description.contains("a pipe"))
  }

  @Test(arguments: [("a.jpg\nb c.jpg\n\n-d.jpg", 3), ("a.jpg\0b\nc.jpg\0", 2), ("", 0)])
  func readsLists(text: String, count: Int) throws {
    let list = PhotoList.split(Array(text.utf8))
    #expect(list.count == count)
    let file = try folder.write("list", Array(text.utf8))
    let descriptor = open(file.text, O_RDONLY)
    defer { close(descriptor) }
    #expect(try PhotoList(["-"], standardInput: descriptor).paths == list)
  }

  @Test func listsReadBack() {
    let paths = [FilePath("a.jpg"), FilePath("b\nc.jpg"), FilePath([0xff])]
    #expect(PhotoList.split(PhotoList.joined(paths)) == paths)
    #expect(PhotoList.split(PhotoList.joined([paths[0], paths[2]])) == [paths[0], paths[2]])
  }
}
