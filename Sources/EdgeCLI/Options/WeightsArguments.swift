import ArgumentParser
import Calibrate
import EdgeTool
import Quant

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
