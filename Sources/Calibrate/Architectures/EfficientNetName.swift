import Quant

/// What an EfficientNet's name says.
struct EfficientNetName {
  private let name: ArchitectureName
  /// `b0`, `lite0`, `b4_ns`; empty for the family as a whole.
  private let variant: Substring

  /// nil for another family's.
  init?(_ name: ArchitectureName) {
    let base = name.base
    if let family = ["efficientnet_", "efficientnet-"].first(where: { base.hasPrefix($0) }) {
      variant = base.dropFirst(family.count)
    } else if base == "efficientnet" {
      variant = ""
    } else {
      return nil
    }
    self.name = name
    guard variant.isEmpty || Self.isNumbered(variant) else { return nil }
  }

  private static func isNumbered(_ variant: Substring) -> Bool {
    ["b", "lite"].contains { kind in
      variant.hasPrefix(kind) && variant.dropFirst(kind.count).first?.isNumber == true
    }
  }

  /// The Lite package's `efficientnet` alone stands for its whole family.
  var isLite: Bool { variant.hasPrefix("lite") || (variant.isEmpty && name.library == .efficientNetLite) }

  /// The scaling that the name asks for, nil when it names the family alone.
  var scaling: EfficientNetScaling? {
    EfficientNetScaling.all.first { variant == $0.name || variant.hasPrefix($0.name + "_") }
  }
}
