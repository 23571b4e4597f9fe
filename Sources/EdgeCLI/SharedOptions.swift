import ArgumentParser
import Calibrate
import EdgeTool
import Int8Kernels
import Quant

/// `--json` on every command.
struct OutputOptions: ParsableArguments {
  @Flag(name: .customLong("json"), help: "Print the result as JSON.")
  var isJSON = false
}

/// On which threads and with which kernels; never what comes out.
struct RunOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Threads to use (default: the big cores).", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Kernel set: \(KernelSet.allCases.map(\.rawValue).joined(separator: ", ")) (default: the best here).",
      valueName: "name"))
  var kernels: String?

  func validate() throws {
    if let threads, !(1...WorkerPool.limit).contains(threads) {
      throw InputError(.usage, "--threads \(threads)", "the number should be 1 to \(WorkerPool.limit)")
    }
  }

  func makePool() -> WorkerPool { WorkerPool(threads: threads ?? ProcessorTopology.defaultThreads) }

  func kernelSet() throws -> KernelSet { try KernelSet.chosen(kernels) }
}

/// How float weights are read and how photos are prepared for them; a model carries its own answers.
struct WeightsArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp("Architecture, such as torchvision/resnet50 (default: recognized).", valueName: "name")
  )
  var architecture: String?

  @Option(
    help: ArgumentHelp(
      "Preprocessing: \(Recipe.presetNames.joined(separator: ", ")) (default: the architecture's).",
      valueName: "name"))
  var preset: String?

  @Option(
    help: ArgumentHelp("Short side, such as 256, or straight to a size, such as 224x224.", valueName: "size"))
  var resize: String?

  @Option(
    help: ArgumentHelp(
      Recipe.Filter.allCases.map(\.rawValue).joined(separator: ", ") + ".", valueName: "name"))
  var filter: String?

  @Option(help: ArgumentHelp("The network's input (centre crop), such as 224.", valueName: "size"))
  var size: String?

  @Option(help: ArgumentHelp("rgb or bgr.", valueName: "order"))
  var channels: String?

  @Option(help: ArgumentHelp("Scale of y = (x / scale − mean) / std, x in 0…255.", valueName: "x"))
  var scale: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Mean, one a channel.", valueName: "a,b,c"))
  var mean: String?

  @Option(help: ArgumentHelp("Standard deviation, one a channel.", valueName: "a,b,c"))
  var std: String?

  @Option(help: ArgumentHelp("EXIF orientation: apply or ignore.", valueName: "choice"))
  var orientation: String?

  @Option(
    help: ArgumentHelp("Colour under transparent pixels (default: alpha is dropped).", valueName: "r,g,b"))
  var background: String?

  @Option(
    help: ArgumentHelp("image: zero mean and unit variance for each photo, instead of --mean and --std."))
  var standardize: String?

  @Option(
    help: ArgumentHelp(
      "What the last linear layer is: \(HeadReading.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "reading"))
  var head: String?

  var request: WeightsRequest {
    get throws {
      var request = WeightsRequest()
      request.architecture = architecture
      request.recipe = recipe
      if let head {
        guard let reading = HeadReading(rawValue: head) else {
          let names = HeadReading.allCases.map(\.rawValue).joined(separator: ", ")
          throw InputError(
            .usage, "--head \(head)", "there is no such reading", remedy: "choose one of \(names)")
        }
        request.head = reading
      }
      return request
    }
  }

  private var recipe: RecipeOptions {
    var options = RecipeOptions()
    options.preset = preset
    options.resize = resize
    options.filter = filter
    options.size = size
    options.channels = channels
    options.scale = scale
    options.mean = mean
    options.deviation = std
    options.orientation = orientation
    options.background = background
    options.standardize = standardize
    return options
  }
}

/// Which vectors of a network, and how they come about.
struct VectorOptions: ParsableArguments {
  @Option(
    name: .customLong("output"),
    help: ArgumentHelp(
      "Which vector: embedding, logits, or a layer by name; several with commas.", valueName: "names"))
  var output = "embedding"

  @Option(
    help: ArgumentHelp(
      "How a map becomes a vector: avg, max or gem:p, p 2 to 4 (default: the network's own, avg for a layer).",
      valueName: "kind"))
  var pool: String?

  @Option(
    help: ArgumentHelp(
      "flip: the average over each photo and its mirror image, before L2.", valueName: "kind"))
  var tta = "none"

  @Flag(help: "Leave the vectors' lengths as they are.")
  var noNormalize = false

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

/// What calibration takes beyond the network and the photos as they are.
struct CalibrationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Random crops and flips of each photo to calibrate on too, where there are few photos.", valueName: "n")
  )
  var augment = 0

  @Option(
    help: ArgumentHelp(
      "How the last map becomes the embedding: avg, max or gem:p, p 2 to 4 (default: the network's own).",
      valueName: "kind"))
  var pool: String?

  func validate() throws {
    guard (0...100).contains(augment) else {
      throw InputError(.usage, "--augment \(augment)", "the number should be 0 to 100")
    }
  }

  func apply(to request: WeightsRequest) throws -> WeightsRequest {
    var result = request
    result.pooling = try pool.map { try GlobalPooling(parsing: $0) }
    return result
  }
}

/// The photos that a command works on.
struct PhotoArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Photos: files, folders, or - for a list on standard input.", valueName: "photos"))
  var photos: [String]

  /// - Throws: `InputError` when there is not one path.
  func list() throws -> PhotoList { try PhotoList.named(photos) }
}

extension PhotoList {
  /// The photos, after a word on what was left out.
  ///
  /// - Throws: `InputError` when there is not one path.
  static func named(_ arguments: [String]) throws -> PhotoList {
    let list = try PhotoList(arguments)
    for failure in list.failures { Message.error(failure) }
    if list.ignoredFiles > 0 {
      Message.note(
        "\(Number.count(list.ignoredFiles, "file")) in the folders ignored: not named .jpg, .jpeg or .png")
    }
    guard !list.paths.isEmpty else {
      throw InputError(
        .usage, arguments.count == 1 ? arguments[0] : "", "there are no photos",
        remedy: "name JPEG or PNG files, or a folder that holds some")
    }
    return list
  }
}
