import ArgumentParser
import EdgeTool
import Glibc
import Quant

@main
struct Edge: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "edge",
    abstract: "Quantized image embeddings: calibrate, quantize, embed, search, check drift.",
    discussion: """
      PHOTOS are JPEG and PNG files, folders (walked in sorted order), or - for a list of paths on standard input. \
      The model called "default" is built in: edge embed PHOTOS needs no other.

      Exit codes: 0 success; 1 a check failed; 2 bad usage or bad input.
      """,
    version: version,
    subcommands: [
      QuantizeCommand.self, CalibrateCommand.self, EmbedCommand.self, SearchCommand.self, DriftCommand.self,
      ClassifyCommand.self, InspectCommand.self, BenchCommand.self, SelftestCommand.self,
    ])

  static func main() {
    TemporaryFiles.deleteOnSignals()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Glibc.exit(ExitStatus.report(error))
    }
  }
}
