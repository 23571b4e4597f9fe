import ArgumentParser
import EdgeTool
import Quant

/// How the program ends: 0 success, 1 a check failed, 2 bad usage or bad input.
enum ExitStatus {
  static let checkFailed = ExitCode(1)
  static let badInput = ExitCode(2)

  /// Says what went wrong in one line on standard error, and returns the status to end with.
  static func report(_ error: any Error) -> Int32 {
    if let error = error as? InputError {
      Message.error(error)
      return badInput.rawValue
    }
    if let code = error as? ExitCode { return code.rawValue }
    let text = Edge.fullMessage(for: error)
    guard Edge.exitCode(for: error) != .success else {
      try? StandardOutput.write(text.hasSuffix("\n") || text.isEmpty ? text : text + "\n")
      return 0
    }
    let line = Edge.message(for: error).split(separator: "\n").joined(separator: " ")
    let command = CommandLine.arguments.dropFirst().first { name in
      Edge.configuration.subcommands.contains { $0._commandName == name }
    }
    Message.error("\(line); see edge \(command.map { "\($0) " } ?? "")--help")
    return badInput.rawValue
  }
}

/// Lines for people on standard error.
enum Message {
  static func error(_ error: InputError) { Self.error(error.description) }

  static func error(_ text: String) { StandardError.write("edge: \(TerminalText.printable(text))\n") }

  /// Something that the user should know and that is no fault.
  static func note(_ text: String) { StandardError.write("note: \(TerminalText.printable(text))\n") }
}

extension NetworkFile {
  /// What names and shapes did not settle about weights: the user should know before trusting the vectors.
  func tellAssumptions() {
    for line in assumptions { Message.note("assumed \(line)") }
  }
}
