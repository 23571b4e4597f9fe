import Quant

/// What a framework's code decides and tensors do not show.
struct Conventions: Hashable, Sendable {
  enum PaddingRule: Hashable, Sendable {
    /// (kernel − 1) / 2 on every side, PyTorch's.
    case symmetric
    /// TensorFlow's `SAME`: dependent on the input's size, the odd row at the bottom and right.
    case same
  }

  var padding: PaddingRule = .symmetric
  var epsilon: Float = 1e-5
  /// The stride of a ResNet's bottleneck: on the first 1×1 (Caffe) instead of the 3×3 (torchvision).
  var stridesOnFirst = false
  /// Caffe's stem pooling: no padding, but a window that reaches over the bottom and right edge.
  var poolsInCeilMode = false
  /// Whether an EfficientNet stage's first block has a residual where its shapes allow one; efficientnet_pytorch's
  /// code never gives it one.
  var skipsIntoStages = true
}

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
    guard isUnderstood else { throw Self.unknown(text) }
  }

  private static func unknown(_ text: String) -> InputError {
    InputError(
      .usage, "architecture \"\(text)\"", "there is no such architecture",
      remedy: "choose torchvision/resnet18 … 152, torchvision/efficientnet_b0 … b7, timm/resnet50, "
        + "timm/efficientnet_b0, timm/tf_efficientnet_b0, timm/tf_efficientnet_lite0, "
        + "efficientnet-pytorch/efficientnet-b0, efficientnet-lite/efficientnet-lite0 … 4 or caffe/resnet50")
  }

  private var isUnderstood: Bool {
    switch library {
    case .torchvision: isResNet || (isEfficientNet && !isLite && !isTensorFlow)
    case .timm: isResNet || isEfficientNet
    case .caffe, .transformers: isResNet
    case .efficientNetPyTorch: isEfficientNet && !isLite
    case .efficientNetLite: isEfficientNet && isLite
    }
  }

  /// Names whose networks have a plain stem and no unit besides the blocks' convolutions; not `resnetblur50`, whose
  /// tensors look alike.
  var isResNet: Bool {
    var rest = Substring(model)
    for prefix in ["tv_", "ig_", "ssl_", "swsl_", "wide_"] where rest.hasPrefix(prefix) {
      rest = rest.dropFirst(prefix.count)
    }
    guard rest.hasPrefix("resnet") || rest.hasPrefix("resnext") else { return false }
    rest = rest.hasPrefix("resnet") ? rest.dropFirst(6) : rest.dropFirst(7)
    let depth = rest.prefix { $0.isNumber }
    guard ["", "18", "26", "34", "50", "101", "152"].contains(depth) else { return false }
    // `_2` of a wide ResNet, `_32x4d` of a ResNeXt
    let kind = rest.dropFirst(depth.count)
    return kind.isEmpty || (kind.hasPrefix("_") && kind.dropFirst().first?.isNumber == true)
  }

  var isEfficientNet: Bool {
    guard let rest = efficientNetVariant else { return false }
    return rest.isEmpty
      || ["b", "lite"].contains { kind in
        rest.hasPrefix(kind) && rest.dropFirst(kind.count).first?.isNumber == true
      }
  }

  var isTensorFlow: Bool { model.hasPrefix("tf_") }
  /// The Lite package's `efficientnet` alone stands for its whole family.
  var isLite: Bool {
    guard let variant = efficientNetVariant else { return false }
    return variant.hasPrefix("lite") || (variant.isEmpty && library == .efficientNetLite)
  }

  /// `b0`, `lite0`, `b4_ns`; empty for the family as a whole; nil for another family.
  private var efficientNetVariant: Substring? {
    let name = isTensorFlow ? model.dropFirst(3) : Substring(model)
    for family in ["efficientnet_", "efficientnet-"] where name.hasPrefix(family) {
      return name.dropFirst(family.count)
    }
    return name == "efficientnet" ? "" : nil
  }

  /// The scaling that the name asks for, nil when it names the family alone.
  var scaling: EfficientNetScaling? {
    guard let variant = efficientNetVariant else { return nil }
    return EfficientNetScaling.all.first { scaling in
      variant == scaling.name || variant.hasPrefix(scaling.name + "_")
    }
  }

  /// The name under which presets know it: without training variants such as `_ns`.
  var presetName: String {
    guard library == .timm, let scaling else { return description }
    return "timm/\(isTensorFlow ? "tf_" : "")efficientnet_\(scaling.name)"
  }

  /// timm's AdvProp weights were trained on −1…1.
  var isAdversarial: Bool { library == .timm && isTensorFlow && model.hasSuffix("_ap") }

  var conventions: Conventions {
    var conventions = Conventions()
    switch library {
    case .torchvision:
      if let scaling, !scaling.isLite, scaling.index >= 5 { conventions.epsilon = 1e-3 }
    case .timm:
      guard isTensorFlow else { break }
      conventions.padding = .same
      conventions.epsilon = 1e-3
    case .efficientNetPyTorch, .efficientNetLite:
      conventions.padding = .same
      conventions.epsilon = 1e-3
      conventions.skipsIntoStages = false
    case .caffe:
      conventions.stridesOnFirst = true
      conventions.poolsInCeilMode = true
    case .transformers: break
    }
    return conventions
  }
}
