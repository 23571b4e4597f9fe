import Quant

/// The name that `--architecture` takes: a library and a model of it, such as `timm/tf_efficientnet_b0`.
struct ArchitectureName: Hashable, Sendable, CustomStringConvertible {
  enum Library: String, Hashable, Sendable, CaseIterable {
    case torchvision, timm, caffe, transformers
    case efficientNetPyTorch = "efficientnet-pytorch"
    case efficientNetLite = "efficientnet-lite"
  }

  let library: Library
  /// Without timm's tag: `resnet50` of `resnet50.a1_in1k`.
  let model: String

  init(_ library: Library, _ model: String) {
    self.library = library
    self.model = model
  }

  var description: String { "\(library.rawValue)/\(model)" }

  /// - Throws: `InputError` (usage) that lists what is understood.
  init(parsing text: String) throws {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let library = Library(rawValue: String(parts[0])) else {
      throw Self.unknown(text)
    }
    self.init(library, String(parts[1].split(separator: ".").first ?? ""))
    guard ArchitectureFamilies.understanding(self) != nil else { throw Self.unknown(text) }
  }

  private static func unknown(_ text: String) -> InputError {
    InputError(
      .usage, "architecture \"\(text)\"", "there is no such architecture",
      remedy: "choose one of \(ArchitectureFamilies.nameExamples)")
  }

  /// Whether timm ported the weights from TensorFlow.
  var isTensorFlow: Bool { library == .timm && model.hasPrefix("tf_") }

  /// The model without `tf_`.
  var base: Substring { model.hasPrefix("tf_") ? model.dropFirst(3) : Substring(model) }
}
