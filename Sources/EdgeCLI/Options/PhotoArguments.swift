import ArgumentParser
import EdgeTool
import Quant

/// The photos that a command works on.
struct PhotoArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Photos: files, folders, or - for a list on standard input.", valueName: "photos"))
  var photos: [String]

  /// - Throws: `InputError` when there is not one path.
  func list() throws -> PhotoList { try PhotoList.named(photos) }
}

/// Photos, and a model or weights before them, or not.
struct ModelAndPhotoArguments: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Photos: files, folders, or - for a list on standard input; before them a model, or float weights (default: the built-in model).",
      valueName: "photos"))
  var arguments: [String]

  /// The built-in model where the first argument is a photo, a folder or `-`.
  var split: (model: FilePath, photos: [String]) { ModelArgument.split(arguments) }
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

/// How much of the photos is decoded.
struct DecodingOptions: ParsableArguments {
  @Flag(
    help: "Decode large JPEGs at a half, quarter or eighth of their size: faster, slightly other embeddings.")
  var fastDecode = false

  var decoding: PhotoDecoding { fastDecode ? .fast : .full }
}
