import ArgumentParser
import EdgeTool
import Quant

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time a model, from prepared pictures to normalized embeddings.",
    discussion: """
      Times are milliseconds a picture over 8 synthetic pictures. --worker prints "ready", answers each line "go N" on \
      standard input with "ok MIN MEDIAN MEAN" (milliseconds), and ends at "quit".
      """)

  @Argument(help: ArgumentHelp("A model; default is the built-in one.", valueName: "model"))
  var model: String

  @Option(
    help: ArgumentHelp("How many runs to time (default: as many as fit into 3 seconds).", valueName: "n"))
  var runs: Int?

  @Option(help: ArgumentHelp("Pictures a run, 1 to \(Benchmark.imageCount).", valueName: "n"))
  var batch = 1

  @Flag(help: "Show what each layer takes.")
  var layers = false

  @Flag(help: "Stay alive and time on demand.")
  var worker = false

  @OptionGroup var running: RunOptions
  @OptionGroup var format: OutputOptions

  func run() throws {
    if let runs, !(1...1_000_000).contains(runs) {
      throw InputError(.usage, "--runs \(runs)", "the number should be 1 to 1000000")
    }
    let model = try NetworkFile.model(FilePath(model)).reduced(to: [OutputRequest.embedding.name])
    let pool = running.makePool()
    let engine = try Engine(model: model, kernels: running.kernelSet(), pool: pool)
    let benchmark = try Benchmark(engine: engine, batch: batch)
    if worker { return try serve(benchmark) }
    let warmUp = try benchmark.milliseconds(runs: 3)
    let count = runs ?? max(10, min(1000, Int(3000 / max(warmUp[2] * Double(batch), 0.01))))
    if layers { return try print(benchmark.layers(runs: count)) }
    let summary = LatencySummary(try benchmark.milliseconds(runs: count))
    try print(
      summary, runs: count, threads: pool.threads, engine: engine, sha256: benchmark.embeddingSHA256())
  }

  private func serve(_ benchmark: Benchmark) throws {
    _ = try benchmark.milliseconds(runs: 3)
    try StandardOutput.write("ready\n")
    while let line = readLine() {
      let words = line.split(separator: " ")
      if words == ["quit"] { return }
      guard words.count == 2, words[0] == "go", let runs = Int(words[1]), (1...1_000_000).contains(runs)
      else {
        throw InputError(
          .usage, "standard input", "the line \"\(line)\" is no command", remedy: "say go N or quit")
      }
      let summary = LatencySummary(try benchmark.milliseconds(runs: runs))
      let times = [summary.minimum, summary.median, summary.mean].map { Number.fixed($0, 4) }
      try StandardOutput.write("ok \(times.joined(separator: " "))\n")
    }
  }

  private func print(_ layers: [LayerTime]) throws {
    if format.isJSON {
      return try StandardOutput.write([
        "layers": .array(
          layers.map {
            [
              "name": .string($0.name), "kernel": .string($0.kernel), "min_ms": .number($0.milliseconds),
              "multiply_accumulates": .integer($0.products),
            ]
          })
      ])
    }
    var table = TextTable(.left, .right, .right, .right, .right, .left)
    table.add("layer", "result", "MMAC", "ms", "GMAC/s", "kernel")
    for layer in layers {
      table.add(
        layer.name, layer.shape.description, Number.fixed(Double(layer.products) / 1e6, 2),
        Number.fixed(layer.milliseconds, 3), Number.fixed(layer.speed, 1), layer.kernel)
    }
    table.add(
      "all", "", Number.fixed(Double(layers.reduce(0) { $0 + $1.products }) / 1e6, 2),
      Number.fixed(layers.reduce(0) { $0 + $1.milliseconds }, 3), "", "")
    try StandardOutput.write(table.text())
  }

  private func print(
    _ summary: LatencySummary, runs: Int, threads: Int, engine: Engine, sha256: String
  ) throws {
    if format.isJSON {
      return try StandardOutput.write([
        "min_ms": .number(summary.minimum), "median_ms": .number(summary.median),
        "mean_ms": .number(summary.mean),
        "runs": .integer(runs), "batch": .integer(batch), "threads": .integer(threads),
        "kernels_used": .string(engine.kernels.rawValue),
        "input": .string(engine.recipe.inputSize.description),
        "embeddings_sha256": .string(sha256),
      ])
    }
    var table = TextTable(.left, .left)
    table.add(
      "latency",
      "\(Number.fixed(summary.median, 2)) ms median, \(Number.fixed(summary.minimum, 2)) ms least, \(Number.fixed(summary.mean, 2)) ms mean"
    )
    table.add("throughput", "\(Number.fixed(1000 / max(summary.mean, 1e-6), 1)) pictures/s")
    table.add(
      "measured",
      "\(Number.count(runs, "run")) of \(Number.count(batch, "picture")) (\(engine.recipe.inputSize)), \(Number.count(threads, "thread")), \(engine.kernels.rawValue)"
    )
    table.add("embeddings", "SHA-256 \(sha256)")
    try StandardOutput.write(table.text())
  }
}
