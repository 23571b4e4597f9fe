import Testing

/// A tiny network's weights, six photos, and where the model that is made of them goes.
struct PipelineFixture {
  let fixture: Fixture
  let weights: String
  let photos: String
  let model: String

  init() throws {
    fixture = try Fixture()
    weights = try fixture.writeWeights()
    photos = try fixture.writePhotos(6)
    model = fixture.path("tiny.edge.safetensors")
  }
}

/// A suite whose tests each have such files of their own.
protocol PipelineSuite {
  var files: PipelineFixture { get }
}

extension PipelineSuite {
  var fixture: Fixture { files.fixture }
  var weights: String { files.weights }
  var photos: String { files.photos }
  var model: String { files.model }

  /// Makes the model, by more options where they are given, and returns what the command printed.
  @discardableResult
  func quantize(size: String = "64", _ more: String...) throws -> String {
    let run = try EdgeProcess(
      ["quantize", weights, "--calibration", photos, "-o", model, "--size", size] + more)
    #expect(run.status == 0, "\(run.errors)")
    return run.output
  }
}
