import Foundation
import Testing

/// One clear line, exit code 2, nothing left behind.
@Suite struct BadInputTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture() }

  /// Expects exit code 2 and one line that contains all of `parts`; returns what else the folder holds afterwards.
  private func expectRefusal(
    _ arguments: [String], _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = fixture.names
    let run = try EdgeProcess(arguments, timeout: 20)
    #expect(
      run.status == 2 && !run.isSignalled, "\(run.status) \(run.errors)", sourceLocation: sourceLocation)
    #expect(run.output.isEmpty, sourceLocation: sourceLocation)
    #expect(run.errorLines.count == 1, "\(run.errors)", sourceLocation: sourceLocation)
    #expect(run.errors.hasPrefix("edge: "), sourceLocation: sourceLocation)
    for part in parts { #expect(run.errors.contains(part), "\(run.errors)", sourceLocation: sourceLocation) }
    #expect(fixture.names == before, "something was left behind", sourceLocation: sourceLocation)
  }

  @Test func refusesBadUsage() throws {
    try expectRefusal(
      ["embed", "--no-such-option", "a", "b"], "Unknown option '--no-such-option'", "edge embed --help")
    try expectRefusal(["embed"], "Missing expected argument")
    try expectRefusal(["nonsense"], "nonsense")
    try expectRefusal(["bench", "a", "--threads", "0"], "--threads 0", "1 to 64")
    try expectRefusal(["bench", "a", "--runs", "many"], "--runs")
    try expectRefusal(["drift", "a", "--reference", "b", "c", "--min-cosine", "2"], "--min-cosine")
  }

  @Test func namesFilesThatCannotBeRead() throws {
    let photos = try fixture.writePhotos(1)
    try expectRefusal(["embed", fixture.path("none.pth"), photos], "none.pth", "no such file")
    try expectRefusal(["inspect", fixture.path("none.pth")], "none.pth", "no such file")
    try expectRefusal(["inspect", fixture.folder.path], fixture.folder.path, "folder")
    mkfifo(fixture.path("pipe.pth"), 0o600)
    try expectRefusal(["inspect", fixture.path("pipe.pth")], "pipe.pth", "pipe")
    try expectRefusal(["bench", fixture.path("pipe.pth")], "pipe.pth", "pipe")
    try expectRefusal(["inspect", "/dev/zero"], "/dev/zero")
    try fixture.write("empty.pth", [])
    try expectRefusal(["inspect", fixture.path("empty.pth")], "empty.pth")
    try fixture.write("text.safetensors", Array("not a model".utf8))
    try expectRefusal(["inspect", fixture.path("text.safetensors")], "text.safetensors")
  }

  @Test(.enabled(if: getuid() != 0, "root may read everything"))
  func namesFilesWithoutPermission() throws {
    let weights = try fixture.writeWeights()
    chmod(weights, 0)
    try expectRefusal(["inspect", weights], "tiny.safetensors", "permission")
  }

  @Test func refusesFoldersWithoutPhotos() throws {
    let weights = try fixture.writeWeights()
    try FileManager.default.createDirectory(atPath: fixture.path("empty"), withIntermediateDirectories: true)
    try expectRefusal(
      [
        "quantize", weights, "--calibration", fixture.path("empty"), "-o",
        fixture.path("out.edge.safetensors"),
      ],
      "empty", "no photos")
    try expectRefusal(
      ["calibrate", weights, "--images", fixture.path("empty"), "-o", fixture.path("r.json")], "no photos")
    try expectRefusal(["embed", weights, fixture.path("empty"), "-o", fixture.path("out.npy")], "no photos")
  }

  @Test func refusesOutputsThatCannotBeWritten() throws {
    let weights = try fixture.writeWeights()
    let photos = try fixture.writePhotos(1)
    let missing = fixture.path("none/out")
    try expectRefusal(
      ["quantize", weights, "--calibration", photos, "-o", missing + ".edge.safetensors"], "none/out",
      "folder does not exist")
    try expectRefusal(
      ["embed", weights, photos, "-o", missing + ".npy"], "none/out.npy", "folder does not exist")
    try expectRefusal(
      ["embed", weights, photos, "-o", fixture.path("out.txt")], "out.txt", ".npy, .jsonl or .csv")
    try expectRefusal(["embed", weights, photos, "-o", photos + "/.npy/"], ".npy")
  }

  @Test func refusesValuesWithoutMeaning() throws {
    let weights = try fixture.writeWeights()
    let photos = try fixture.writePhotos(1)
    try expectRefusal(
      ["embed", weights, photos, "--preset", "nope"], "nope", "torchvision, torchvision-squash, timm")
    try expectRefusal(["embed", weights, photos, "--filter", "sharp"], "--filter sharp", "bicubic")
    try expectRefusal(["embed", weights, photos, "--mean", "1,2"], "--mean 1,2", "3 numbers")
    try expectRefusal(["embed", weights, photos, "--size", "99999x1"], "99999")
    try expectRefusal(["embed", weights, photos, "--size", "big"], "--size big")
    try expectRefusal(["embed", weights, photos, "--background", "1,2,300"], "--background")
    try expectRefusal(["embed", weights, photos, "--output", "nothing"], "nothing", "embedding")
    try expectRefusal(["embed", weights, photos, "--architecture", "vgg/vgg16"], "vgg")
    try expectRefusal(
      ["drift", weights, "--reference", weights, photos, "--output", "embedding,logits"], "--output", "one")
    try expectRefusal(
      [
        "quantize", weights, "--calibration", photos, "-o", fixture.path("m.edge.safetensors"), "--observer",
        "entropy",
      ],
      "entropy", "lse")
    let quantize = ["quantize", weights, "--calibration", photos, "-o", fixture.path("m.edge.safetensors")]
    try expectRefusal(quantize + ["--corrections", "some"], "--corrections some", "none, fast or full")
    try expectRefusal(quantize + ["--without", "luck"], "--without luck", "rounding, bias, output")
  }

  @Test func refusesKernelsThatThisCPULacks() throws {
    let weights = try fixture.writeWeights()
    #if arch(x86_64)
      let foreign = "neon"
    #else
      let foreign = "avx2"
    #endif
    try expectRefusal(["inspect", weights, "--kernels", foreign], "--kernels \(foreign)", "scalar")
    try expectRefusal(["inspect", weights, "--kernels", "mmx"], "--kernels mmx", "scalar")
  }

  @Test func refusesPhotosThatAreAllBad() throws {
    let weights = try fixture.writeWeights()
    try fixture.write("bad/a.jpg", [0xff, 0xd8, 0xff, 0xe0])
    let before = fixture.names
    let run = try EdgeProcess(["embed", weights, fixture.path("bad"), "-o", fixture.path("out.npy")])
    #expect(run.status == 2 && !run.isSignalled)
    #expect(run.errors.contains("a.jpg"))
    #expect(fixture.names == before)
  }
}
