import ArgumentParser
import EdgeTool
import Quant

/// Which vectors of a network.
struct VectorChoice: ParsableArguments {
  @Option(
    name: .customLong("output"),
    help: ArgumentHelp(
      "Which vector: embedding, logits, or a layer by name; edge embed takes several, with commas.",
      valueName: "names"))
  var output = "embedding"

  @Option(
    help: ArgumentHelp(
      "How a map becomes a vector: avg, max or gem:p, p 2 to 4 (default: the network's own, avg for a layer).",
      valueName: "kind"))
  var pool: String?

  /// - Throws: `InputError` (usage) for names without meaning.
  var requests: [OutputRequest] {
    get throws {
      let pooling = try pool.map { try GlobalPooling(parsing: $0) }
      return output.split(separator: ",").map { name in
        var request = OutputRequest(parsing: String(name))
        request.pooling = request.pooling ?? (name == "logits" ? nil : pooling)
        return request
      }
    }
  }

  /// - Throws: `InputError` (usage) unless one vector is named.
  var request: OutputRequest {
    get throws {
      let requests = try requests
      guard requests.count == 1 else {
        throw InputError(.usage, "--output \(output)", "one vector at a time", remedy: "name one")
      }
      return requests[0]
    }
  }
}

/// Vectors of a network, and what is done to them before they are written.
struct VectorOptions: ParsableArguments {
  @OptionGroup var choice: VectorChoice

  @Option(
    help: ArgumentHelp(
      "flip: the average over each photo and its mirror image, before L2.", valueName: "kind"))
  var tta = "none"

  @Flag(help: "Leave the vectors' lengths as they are.")
  var noNormalize = false

  var augmentation: TestTimeAugmentation {
    get throws {
      guard let augmentation = TestTimeAugmentation(rawValue: tta) else {
        throw InputError(
          .usage, "--tta \(tta)", "there is no such augmentation", remedy: "choose flip or none")
      }
      return augmentation
    }
  }

  /// The vector as it is written, and whether it is zero where it should have had length 1.
  func finished(_ vector: [Float]) -> (row: [Float], isZero: Bool) {
    if noNormalize { return (vector, false) }
    guard let normalized = Normalization.l2(vector) else { return (vector, true) }
    return (normalized, false)
  }
}
