import Calibrate
import Quant

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `float-bench [kernel set] [runs] [layers]`: ResNet-50 at 224×224 on one thread, in milliseconds; `layers` adds the time
/// of each layer; `worker` instead answers each line `go N` on standard input with `ok MIN MEDIAN MEAN`.
@main
struct FloatBench {
  private let graph: FloatGraph
  private let kernels: FloatKernelSet
  private let interpreter: FloatInterpreter
  private let session: FloatSession
  private let input: [Float]

  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    let bench = try FloatBench(kernels: arguments.first.map { try FloatKernelSet.named($0) } ?? .best)
    let runs = max(1, arguments.dropFirst().first.flatMap { Int($0) } ?? 10)
    _ = try bench.measure(1)
    if arguments.contains("worker") { return try bench.serve() }
    let arena = bench.interpreter.arenaByteCount
    print("\(bench.kernels): min median mean \(try bench.measure(runs)) ms, arena \(arena) bytes")
    if arguments.contains("layers") { try bench.printLayers(runs) }
  }

  private init(kernels: FloatKernelSet) throws {
    self.kernels = kernels
    graph = try ResNet50.graph()
    interpreter = try FloatInterpreter(graph: graph, kernels: kernels)
    session = interpreter.makeSession()
    input = (0..<graph.inputShape.elementCount).map { Float($0 % 255) / 127 - 1 }
  }

  private func measure(_ count: Int) throws -> String {
    let output = graph.shapes.count - 1
    let times = try (0..<count).map { _ in
      FloatBench.milliseconds(try ContinuousClock().measure { _ = try session.run(input, outputs: [output]) })
    }.sorted()
    return "\(times[0]) \(times[count / 2]) \(times.reduce(0, +) / Double(count))"
  }

  private func serve() throws {
    FloatBench.answer("ready")
    while let line = readLine(), line != "quit" {
      guard let count = line.split(separator: " ").last.flatMap({ Int($0) }), count > 0 else { continue }
      FloatBench.answer("ok \(try measure(count))")
    }
  }

  /// Prints a line at once, also into a pipe.
  private static func answer(_ line: String) {
    print(line)
    fflush(nil)
  }

  private func printLayers(_ runs: Int) throws {
    var best = [Double](repeating: .infinity, count: graph.shapes.count)
    for _ in 0..<runs {
      var last = ContinuousClock.now
      try session.run(input) { value, _ in
        best[value] = min(best[value], FloatBench.milliseconds(ContinuousClock.now - last))
        last = .now
      }
    }
    for (index, node) in graph.nodes.enumerated() {
      print(best[index + 1], "ms", node.name, rate(node, graph.shapes[index + 1], best[index + 1]))
    }
  }

  private func rate(_ node: FloatGraph.Node, _ shape: Shape, _ time: Double) -> String {
    guard case .convolution(let convolution) = node.operation else { return "" }
    let products = Double(shape.elementCount * convolution.products)
    return "\((products / time / 1e5).rounded() / 10) GMAC/s"
  }

  private static func milliseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) * 1e3 + Double(attoseconds) * 1e-15
  }
}
