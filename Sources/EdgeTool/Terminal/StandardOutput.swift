import Glibc
import Quant

/// Results. A reader that has gone away ends the program quietly (SIGPIPE); a full disk is an error.
package enum StandardOutput {
  package static func write(_ text: String) throws {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(STDOUT_FILENO, $0.baseAddress.map { $0 + done }, $0.count - done)
      }
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EPIPE { exit(0) }
      guard count > 0 else {
        throw InputError(
          .unreadable, "standard output", "it cannot be written (\(String(cString: strerror(errno))))")
      }
      done += count
    }
  }

  /// One JSON value, indented.
  package static func write(_ json: JSON) throws { try write(json.text(indented: true) + "\n") }
}
