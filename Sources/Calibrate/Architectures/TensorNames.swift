/// The names in a state dictionary, with every dotted prefix of them: what recognition asks about.
struct TensorNames {
  let all: [String]
  private let present: Set<String>
  private let prefixes: Set<String>

  /// Components of a name that are looked at; no known architecture nests deeper.
  private static let depthLimit = 16

  /// Counters that frameworks save and inference does not read are left out.
  init(_ names: [String]) {
    all = names.filter { !$0.hasSuffix(".num_batches_tracked") }
    present = Set(all)
    var prefixes: Set<String> = []
    for name in all {
      let components = name.split(
        separator: ".", maxSplits: Self.depthLimit, omittingEmptySubsequences: false)
      var prefix = ""
      for component in components.dropLast() {
        prefix += prefix.isEmpty ? component : "." + component
        prefixes.insert(prefix)
      }
    }
    self.prefixes = prefixes
  }

  func contains(_ name: String) -> Bool { present.contains(name) }

  /// Whether some tensor's name begins with `prefix` and a dot.
  func hasLayer(_ prefix: String) -> Bool { prefixes.contains(prefix) }

  /// What stands before `anchor` in the first name that ends with it: empty, or ending with a dot.
  func root(before anchor: String) -> String? {
    for name in all where name.hasSuffix(anchor) {
      let root = name.dropLast(anchor.count)
      if root.isEmpty || root.hasSuffix(".") { return String(root) }
    }
    return nil
  }

  /// How many of "`prefix`.0", "`prefix`.1", … there are.
  func count(of prefix: String) -> Int {
    var count = 0
    while hasLayer("\(prefix).\(count)") { count += 1 }
    return count
  }
}

/// A convolution and the batch normalization after it, by the names of their layers.
struct ConvolutionNames {
  let convolution: String
  let norm: String

  init(_ convolution: String, _ norm: String) {
    self.convolution = convolution
    self.norm = norm
  }

  var tensors: [String] { ["\(convolution).weight"] + BatchNormTensors.suffixes.map { norm + $0 } }
}

enum BatchNormTensors {
  static let suffixes = [".weight", ".bias", ".running_mean", ".running_var"]
}

/// A squeeze-and-excitation unit: two layers that were 1×1 convolutions on a 1×1 map.
struct SqueezeNames {
  let unit: String
  let reduce: String
  let expand: String

  var tensors: [String] { [reduce, expand].flatMap { ["\($0).weight", "\($0).bias"] } }
}
