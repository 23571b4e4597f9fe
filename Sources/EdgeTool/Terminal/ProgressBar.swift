import Glibc
import Synchronization

/// One line on standard error that says how far the work is; silent when standard error is no terminal.
package final class ProgressBar: Sendable {
  private struct State {
    var what = ""
    var lastDrawn = -1.0
    var isDrawn = false
  }

  private let isShown: Bool
  private let start = ProgressBar.now()
  private let state = Mutex(State())
  /// Between two drawings: reports come thousands a second.
  private static let interval = 0.1

  /// - Parameter isShown: nil asks whether standard error is a terminal that can rewrite a line.
  package init(isShown: Bool? = nil) {
    self.isShown = isShown ?? (isatty(STDERR_FILENO) == 1 && Self.terminalRewrites)
  }

  /// Reports from any thread that `part`, 0…1, of `what` is done.
  package func update(_ part: Double, _ what: String) {
    guard isShown else { return }
    state.withLock { state in
      let elapsed = Self.now() - start
      guard what != state.what || part >= 1 || elapsed - state.lastDrawn >= Self.interval else { return }
      state.what = what
      state.lastDrawn = elapsed
      state.isDrawn = true
      Self.write("\r" + Self.line(part: part, what: what, elapsed: elapsed) + "\u{1b}[K")
    }
  }

  /// Removes the line, so that other text can follow.
  package func clear() {
    state.withLock { state in
      guard state.isDrawn else { return }
      state.isDrawn = false
      state.lastDrawn = -1
      Self.write("\r\u{1b}[K")
    }
  }

  static func line(part: Double, what: String, elapsed: Double) -> String {
    let part = min(max(part, 0), 1)
    let filled = Int(part * 24)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
    let percent = String(Int(part * 100))
    let padded = String(repeating: " ", count: 3 - percent.count) + percent
    return "\(padded) % \(bar) \(what), \(Number.duration(elapsed))"
  }

  private static var terminalRewrites: Bool {
    guard let name = getenv("TERM") else { return false }
    return strcmp(name, "dumb") != 0
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func write(_ text: String) { StandardError.write(text) }
}

/// Whole messages in one write, so that lines of several threads do not mix.
package enum StandardError {
  package static func write(_ text: String) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(STDERR_FILENO, $0.baseAddress.map { $0 + done }, $0.count - done)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      done += count
    }
  }
}
