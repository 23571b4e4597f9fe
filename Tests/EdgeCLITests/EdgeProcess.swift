import EdgeTool
import Foundation
import Testing

/// One run of the built `edge`.
struct EdgeProcess {
  let status: Int32
  /// Whether a signal ended it: a crash.
  let isSignalled: Bool
  let output: String
  let errors: String

  /// - Parameters:
  ///   - input: for standard input, which is empty otherwise.
  ///   - environment: added to the tests' own.
  ///   - timeout: seconds after which the process is ended and the test fails.
  ///   - limits: what the system holds the process to.
  init(
    _ arguments: [String], input: String = "", environment: [String: String] = [:], timeout: Double = 120,
    limits: Limits? = nil
  ) throws {
    let process = Process()
    if !environment.isEmpty {
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    }
    let executable = try Self.executable()
    if let limits {
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = try ["-c", limits.command, executable.path] + arguments
    } else {
      process.executableURL = executable
      process.arguments = arguments
    }
    let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = stderr
    try process.run()
    DispatchQueue.global().asyncAfter(deadline: .now() + timeout) {
      if process.isRunning { process.terminate() }
    }
    stdin.fileHandleForWriting.write(Data(input.utf8))
    try? stdin.fileHandleForWriting.close()
    let errors = Reader(stderr)
    output = String(decoding: stdout.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    self.errors = errors.text
    process.waitUntilExit()
    status = process.terminationStatus
    isSignalled = process.terminationReason == .uncaughtSignal
  }

  struct Limits {
    /// Seconds of processor time.
    var seconds: Int
    /// Of address space over what `edge --version` needs.
    var megabytes: Int

    fileprivate var command: String {
      get throws {
        "ulimit -t \(seconds) && ulimit -v \(try Self.bare.get() + megabytes << 10) && exec \"$0\" \"$@\""
      }
    }

    /// The address space in KiB that an `edge` that does nothing runs in.
    private static let bare = Result {
      let executable = try EdgeProcess.executable()
      return try #require(
        (1...64).map { $0 << 13 }.first { kibibytes in
          let process = Process()
          process.executableURL = URL(fileURLWithPath: "/bin/sh")
          process.arguments = [
            "-c", "ulimit -v \(kibibytes) && exec \"$0\" --version >/dev/null 2>&1", executable.path,
          ]
          guard (try? process.run()) != nil else { return false }
          process.waitUntilExit()
          return process.terminationStatus == 0 && process.terminationReason == .exit
        }, "edge --version needs over 512 MB")
    }
  }

  /// Reads a pipe beside the other, so that neither fills up.
  private final class Reader: @unchecked Sendable {
    private var data = Data()
    private let done = DispatchSemaphore(value: 0)

    init(_ pipe: Pipe) {
      DispatchQueue.global().async {
        self.data = pipe.fileHandleForReading.readDataToEndOfFile()
        self.done.signal()
      }
    }

    var text: String {
      done.wait()
      return String(decoding: data, as: UTF8.self)
    }
  }

  /// `edge` lies beside the tests' own executable.
  private static func executable() throws -> URL {
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let candidates =
      [bundle.deletingLastPathComponent()]
      + CommandLine.arguments.map {
        URL(fileURLWithPath: $0).deletingLastPathComponent()
      }
    let found = candidates.map { $0.appendingPathComponent("edge") }.first {
      FileManager.default.isExecutableFile(atPath: $0.path)
    }
    return try #require(found, "edge is not built")
  }

  var errorLines: [Substring] { errors.split(separator: "\n") }
}

/// Runs `edge` and expects success.
func edge(_ arguments: String..., input: String = "", sourceLocation: SourceLocation = #_sourceLocation)
  throws -> String
{
  let run = try EdgeProcess(arguments, input: input)
  #expect(run.status == 0 && !run.isSignalled, "\(arguments): \(run.errors)", sourceLocation: sourceLocation)
  return run.output
}
