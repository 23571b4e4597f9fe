import Quant

/// What a Hugging Face `config.json` says about a network: timm's, or transformers' for ResNets.
struct PretrainedConfig {
  let architecture: ArchitectureName?
  let labels: [String]
  let stridesOnFirst: Bool?
  /// timm's description of the preprocessing, at the top level of old files.
  private let preprocessing: JSON
  private(set) var inputSize: Size2D?

  /// - Throws: `InputError` when it describes a network that is not read.
  init(_ json: JSON) throws {
    guard json.object != nil else { throw Self.fault("it holds no JSON object") }
    preprocessing = json["pretrained_cfg"] ?? json
    let transformersType = json["model_type"]?.string
    if let name = json["architecture"]?.string {
      architecture = try Self.timmArchitecture(name, json)
      stridesOnFirst = nil
    } else if let type = transformersType {
      architecture = try Self.transformersArchitecture(type, json)
      stridesOnFirst = json["downsample_in_bottleneck"]?.bool ?? false
    } else {
      architecture = nil
      stridesOnFirst = nil
    }
    labels = Self.labels(json)
    inputSize = try Self.inputSize(preprocessing)
  }

  private static func fault(_ reason: String, remedy: String = "") -> InputError {
    InputError(.unsupported, "config.json", reason, remedy: remedy)
  }

  private static func timmArchitecture(_ name: String, _ json: JSON) throws -> ArchitectureName {
    if let pool = json["global_pool"]?.string, !pool.isEmpty, pool != "avg" {
      throw fault("its global_pool is \"\(pool)\"", remedy: "average pooling is read")
    }
    let harmless: Set<String> = ["num_classes", "drop_rate", "drop_path_rate"]
    let changes = (json["model_args"]?.object ?? [:]).keys.filter { !harmless.contains($0) }.sorted()
    if let change = changes.first {
      throw fault("its model_args change \"\(change)\"", remedy: "give --architecture, or convert to ONNX")
    }
    do { return try ArchitectureName(parsing: "timm/\(name)") } catch {
      throw fault(
        "its architecture is \"\(name)\"",
        remedy: "\(ArchitectureFamilies.summary) are read; convert others to ONNX")
    }
  }

  private static func transformersArchitecture(_ type: String, _ json: JSON) throws -> ArchitectureName {
    guard type == "resnet" else {
      throw fault(
        "its model_type is \"\(type)\"",
        remedy: "of transformers' networks ResNets are read; use timm's or torchvision's version, or ONNX")
    }
    if let activation = json["hidden_act"]?.string, activation != "relu" {
      throw fault("its hidden_act is \"\(activation)\"", remedy: "relu is read")
    }
    if json["downsample_in_first_stage"]?.bool == true {
      throw fault("it sets downsample_in_first_stage", remedy: "convert it to ONNX")
    }
    return ArchitectureName(.transformers, "resnet")
  }

  /// timm's `label_names`, or transformers' `id2label` when its keys are 0, 1, ….
  private static func labels(_ json: JSON) -> [String] {
    if let names = json["label_names"]?.array ?? json["pretrained_cfg"]?["label_names"]?.array {
      let labels = names.compactMap(\.string)
      return labels.count == names.count ? labels : []
    }
    guard let byID = json["id2label"]?.object else { return [] }
    let labels = byID.indices.isEmpty ? [] : (0..<byID.count).compactMap { byID[String($0)]?.string }
    return labels.count == byID.count ? labels : []
  }
}

// MARK: - Preprocessing

extension PretrainedConfig {
  var describesPreprocessing: Bool { preprocessing["mean"] != nil && preprocessing["std"] != nil }

  private static func inputSize(_ json: JSON) throws -> Size2D? {
    if let sides = json["input_size"]?.array {
      let numbers = sides.compactMap(\.int)
      guard numbers.count == 3, sides.count == 3, numbers[0] == 3, numbers[1] > 0, numbers[2] > 0 else {
        throw fault(
          "its input_size is \(json["input_size"]?.text() ?? "")", remedy: "[3, height, width] is read")
      }
      return Size2D(height: numbers[1], width: numbers[2])
    }
    guard let side = json["image_size"]?.int else { return nil }
    guard side > 0 else { throw fault("its image_size is \(side)") }
    return Size2D(side)
  }

  /// Replaces what the file describes of the usual preprocessing.
  func adjust(_ recipe: inout Recipe, isSizeGiven: Bool) throws {
    let before = recipe
    if let mean = try channels("mean"), let deviation = try channels("std") {
      (recipe.mean, recipe.deviation, recipe.scale) = (mean, deviation, 255)
      recipe.channelOrder = .rgb
    }
    if let name = preprocessing["interpolation"]?.string {
      guard let filter = Recipe.Filter(rawValue: name) else {
        throw Self.fault("its interpolation is \"\(name)\"", remedy: "give --filter")
      }
      recipe.filter = filter
    }
    if let fraction = preprocessing["crop_pct"]?.double {
      guard fraction > 0, fraction <= 1 else { throw Self.fault("its crop_pct is \(fraction)") }
      try adjustResize(&recipe, fraction: fraction)
    }
    if recipe != before { recipe.name = "custom" }
    try recipe.validate()
  }

  private func adjustResize(_ recipe: inout Recipe, fraction: Double) throws {
    let side = max(recipe.inputSize.height, recipe.inputSize.width)
    switch preprocessing["crop_mode"]?.string ?? "center" {
    case "center":
      guard let resized = Int(exactly: (Double(side) / fraction).rounded(.down)) else {
        throw Self.fault("its crop_pct is \(fraction)")
      }
      recipe.resize = .shortSide(resized)
    case "squash" where fraction == 1: recipe.resize = .exact(recipe.inputSize)
    case let mode: throw Self.fault("its crop_mode is \"\(mode)\"", remedy: "give --resize and --size")
    }
  }

  private func channels(_ key: String) throws -> [Float]? {
    guard let values = preprocessing[key]?.array else { return nil }
    let numbers = values.compactMap(\.float)
    guard numbers.count == 3, values.count == 3 else { throw Self.fault("its \(key) has not three numbers") }
    return numbers
  }
}
