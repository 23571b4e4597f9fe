import ArgumentParser

@main
struct Edge: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edge",
    abstract: "Quantized image embeddings: calibrate, quantize, embed, search, check drift.")
}
