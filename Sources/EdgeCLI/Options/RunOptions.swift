import ArgumentParser
import EdgeTool
import Int8Kernels
import Quant

/// `--json` on every command.
struct OutputOptions: ParsableArguments {
  @Flag(name: .customLong("json"), help: "Print the result as JSON.")
  var isJSON = false
}

/// On which threads and with which kernels; never what comes out.
struct RunOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Threads to use (default: the big cores).", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Kernel set: \(KernelSet.allCases.map(\.rawValue).joined(separator: ", ")) (default: the best here).",
      valueName: "name"))
  var kernels: String?

  func validate() throws {
    if let threads, !(1...WorkerPool.limit).contains(threads) {
      throw InputError(.usage, "--threads \(threads)", "the number should be 1 to \(WorkerPool.limit)")
    }
  }

  func makePool() -> WorkerPool { WorkerPool(threads: threads ?? ProcessorTopology.defaultThreads) }

  func kernelSet() throws -> KernelSet { try KernelSet.chosen(kernels) }
}
