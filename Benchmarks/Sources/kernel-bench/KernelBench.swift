import ArgumentParser
import EdgeTool
import Int8Kernels
import Quant

/// Times every kernel that could compute a layer, for layers of real networks and each kernel set of this CPU, and
/// fails where the engine would choose a slower one.
@main
struct KernelBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-bench",
    abstract: "Time each kernel on layers of real networks, one thread.",
    discussion: """
      * marks what the engine chooses. The exit code is 1 when that takes, with hot caches, over 5 % longer than another \
      kernel, but in the scalar set, which is the definition. Of kernels that take more than twice as long as the fastest only the first round is measured.
      """)

  @Option(
    help: ArgumentHelp(
      "Only rows whose operation, shape and kernel set hold these words, such as \"depthwise avx2\".",
      valueName: "text"))
  var filter = ""

  @Option(help: ArgumentHelp("Time for one row with hot caches, and as much with cold ones.", valueName: "s"))
  var seconds = 0.2

  @Flag(name: .customLong("json"), help: "Print the result as JSON.")
  var isJSON = false

  func validate() throws {
    guard seconds > 0, seconds <= 60 else { throw ValidationError("--seconds should be above 0, at most 60") }
  }

  func run() throws {
    let workloads = Workload.all.filter { !sets(for: $0).isEmpty }
    guard !workloads.isEmpty else { throw ValidationError("no row has all of \"\(filter)\"") }
    let peaks = Peak.measured(seconds: max(1, seconds))
    var results: [Result] = []
    if !isJSON { try StandardOutput.write(Report.text(peaks)) }
    for family in workloads.map(\.family).uniqued {
      let rows = workloads.filter { $0.family == family }.flatMap(measure)
      if !isJSON { try StandardOutput.write("\n" + Report.text(rows, peaks)) }
      results += rows
    }
    try isJSON
      ? StandardOutput.write(Report.json(results, peaks)) : StandardOutput.write(Report.conclusion(results))
    if results.contains(where: \.isWrong) { throw ExitCode(1) }
  }

  private func sets(for workload: Workload) -> [KernelSet] {
    KernelSet.available.filter { set in
      let words = "\(workload.family) \(workload.shape) \(set.rawValue)".lowercased().split(separator: " ")
      return filter.lowercased().split(separator: " ").allSatisfy { wanted in
        words.contains { $0.contains(wanted) }
      }
    }
  }

  private func measure(_ workload: Workload) -> [Result] {
    let candidates = workload.prepare()
    return sets(for: workload).map { set in
      var contest = Contest(candidates(set))
      contest.measure(seconds: seconds)
      return Result(workload: workload, set: set, entrants: contest.entrants)
    }
  }
}

/// What the kernels of one set take for one workload.
struct Result {
  var workload: Workload
  var set: KernelSet
  var entrants: [Contest.Entrant]

  /// How much longer than the fastest `entrant` takes: 0.05 for 5 %.
  func lag(_ entrant: Contest.Entrant) -> Double {
    let fastest = entrants.map(\.hot).min() ?? entrant.hot
    return entrant.hot / fastest - 1
  }

  /// The scalar set is the definition, not for speed: it leaves Winograd's form out on purpose.
  var isWrong: Bool {
    self.set != .scalar && entrants.contains { $0.candidate.isChosen && lag($0) > Contest.tolerance }
  }
}

extension Array where Element: Hashable {
  /// Each element where it first occurs.
  var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
