import ArgumentParser
import EdgeTool
import Quant

struct SelftestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "selftest",
    abstract: "Check that this computer gives the same bytes as every other.",
    discussion: """
      Runs a built-in network with every operation there is on every kernel set of this CPU, with several numbers of \
      threads and pictures at once, and compares the results with the published SHA-256. With a model, runs that in all \
      these ways and compares them with each other; "default", the built-in model, with its published SHA-256. Exit code 1 \
      when anything differs.
      """)

  @Argument(help: ArgumentHelp("A model; the built-in network when left out.", valueName: "model"))
  var model: String?

  @Option(help: ArgumentHelp("At most so many threads (default: 8).", valueName: "n"))
  var threads = 8

  @OptionGroup var format: OutputOptions

  func run() throws {
    guard (1...8).contains(threads) else {
      throw InputError(.usage, "--threads \(threads)", "the number should be 1 to 8")
    }
    let test = try model.map { try SelfTest(FilePath($0)) } ?? SelfTest()
    let checks = try test.checks(maximumThreads: threads)
    try format.isJSON ? printJSON(test, checks) : printTable(test, checks)
    if !test.passes(checks) { throw ExitStatus.checkFailed }
  }

  private func printTable(_ test: SelfTest, _ checks: [SelfTest.Check]) throws {
    var table = TextTable(.left, .right, .right, .left)
    table.add("kernels", "threads", "pictures", "SHA-256 of the results")
    for check in checks {
      table.add(check.kernels.rawValue, "\(check.threads)", "\(check.batch)", check.sha256)
    }
    let what = test.expected.map { "the published \($0)" } ?? "each other"
    let verdict = test.passes(checks) ? "passed: all equal \(what)" : "FAILED: not all equal \(what)"
    try StandardOutput.write(table.text() + verdict + "\n")
  }

  private func printJSON(_ test: SelfTest, _ checks: [SelfTest.Check]) throws {
    try StandardOutput.write([
      "passed": .bool(test.passes(checks)),
      "expected_sha256": test.expected.map(JSON.string) ?? .null,
      "checks": .array(
        checks.map {
          [
            "kernels": .string($0.kernels.rawValue), "threads": .integer($0.threads),
            "batch": .integer($0.batch), "sha256": .string($0.sha256),
          ]
        }),
    ])
  }
}
