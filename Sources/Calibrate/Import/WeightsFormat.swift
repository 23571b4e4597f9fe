import Quant

/// The kind of a weight file, told by its first bytes.
enum WeightsFormat {
  case safetensors
  case torchArchive(ZipArchive)
  /// Of PyTorch before 1.6.
  case torchStream
  case onnx
  case hdf5
  case kerasArchive(ZipArchive)

  /// - Throws: `InputError`: of a zip archive that cannot be read; (unsupported, truncated) with a remedy for what is known but not read, or not weights.
  static func recognize(_ file: ByteView) throws -> WeightsFormat {
    if isHDF5(file) { return .hdf5 }
    if file.holds("PK\u{3}\u{4}") || file.holds("PK\u{5}\u{6}") {
      let archive = try ZipArchive(file)
      return KerasFile.isArchive(archive) ? .kerasArchive(archive) : .torchArchive(archive)
    }
    if TorchContainer.isStream(file) { return .torchStream }
    if let refusal = refusal(file) { throw refusal }
    if looksLikeONNX(file) { return .onnx }
    // The ninth byte of a safetensors file opens its header.
    if file.byte(at: 8) == UInt8(ascii: "{") { return .safetensors }
    if file.byte(at: 0) == 0x80, let version = file.byte(at: 1), version <= 5 {
      throw InputError(
        .unsupported, "", "a pickle that torch.save did not write",
        remedy: "save torch.save(model.state_dict(), …)")
    }
    throw InputError(
      .unsupported, "", "this is no weight file of a known kind",
      remedy: "give a .pth, .pt, .safetensors, .onnx, .keras or .h5 file")
  }

  private static func refusal(_ file: ByteView) -> InputError? {
    func notRead(_ what: String, _ remedy: String) -> InputError {
      InputError(.unsupported, "", what, remedy: remedy)
    }
    let convert = "convert the weights to .safetensors or .pth"
    if file.count < 16 {
      return InputError(
        .truncated, "", "\(file.count) bytes are no weights", remedy: "fetch or export the file again")
    }
    if file.holds("version https://git-lfs") {
      return notRead(
        "a Git LFS pointer, not the weights themselves", "run git lfs pull in the repository it came from")
    }
    if file.holds("GGUF") {
      return notRead("a GGUF file of a language model", "give an image network's weights")
    }
    if file.holds("TFL3", at: 4) { return notRead("a TensorFlow Lite model, already converted", convert) }
    if file.holds("ustar", at: 257) || file.slice(at: 0, count: 2)?.array == [0x1f, 0x8b] {
      return notRead("a tar or gzip archive", "unpack it and give the weight file inside")
    }
    if isMarkup(file) {
      return notRead("a web page, not weights", "fetch the file itself by its download address")
    }
    if isSavedModel(file) {
      return notRead(
        "a TensorFlow SavedModel", "load it in Keras and save it with model.save(\"model.keras\") or .h5")
    }
    if isText(file) {
      return notRead("a text file, not weights", "give a .pth, .pt, .safetensors, .onnx, .keras or .h5 file")
    }
    return nil
  }

  private static func isHDF5(_ file: ByteView) -> Bool {
    file.slice(at: 0, count: 8)?.array == [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
  }

  /// Field 1 (the schema's version, 1) and field 2 (a graph, which begins with its own field 1) of a SavedModel.
  private static func isSavedModel(_ file: ByteView) -> Bool {
    guard file.slice(at: 0, count: 3)?.array == [0x08, 0x01, 0x12] else { return false }
    var end = 3
    while let byte = file.byte(at: end), byte >= 0x80, end < 8 { end += 1 }
    return end > 3 && file.byte(at: end + 1) == 0x0a
  }

  private static func isMarkup(_ file: ByteView) -> Bool {
    let spaces = file.withUnsafeBytes {
      $0.prefix(64).prefix { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
    }
    let word = file.slice(at: spaces.count, count: 5)?.text?.lowercased() ?? ""
    return word == "<!doc" || word == "<html" || word == "<?xml"
  }

  /// Field 1 (the version, below 128) of a ModelProto and after it any of the fields 2 to 8.
  private static func looksLikeONNX(_ file: ByteView) -> Bool {
    file.byte(at: 0) == 0x08 && file.byte(at: 1).map { $0 < 0x80 } == true
      && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].contains(file.byte(at: 2) ?? 0)
  }

  private static func isText(_ file: ByteView) -> Bool {
    file.withUnsafeBytes { bytes in
      bytes.prefix(512).allSatisfy { $0 >= 0x20 && $0 < 0x7f || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
    }
  }
}
