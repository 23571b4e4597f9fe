/// Something from outside (weights, a model, a picture, an option) that cannot be used.
///
/// It prints as one line: `subject: reason; remedy`. Nothing in this package traps on data from outside; it throws
/// this error instead.
public struct InputError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of fault it is, for programs that react to it.
  public enum Kind: String, Hashable, Sendable {
    /// The file is missing, is not a regular file, or may not be read.
    case unreadable
    /// The file ends before its content does.
    case truncated
    /// The content contradicts its format or itself.
    case malformed
    /// The content is well formed, but this version does not read or run it.
    case unsupported
    /// A limit would be exceeded; nothing was allocated.
    case tooLarge
    /// Two inputs do not belong together, or the weights fit no known architecture.
    case mismatch
    /// An option or argument has no meaning here.
    case usage
  }

  public var kind: Kind
  /// What the error is about: a file's path, once known; before that a tensor, layer or option. May be empty.
  public var subject: String
  public var reason: String
  /// What to do about it; may be empty.
  public var remedy: String

  public init(_ kind: Kind, _ subject: String = "", _ reason: String, remedy: String = "") {
    self.kind = kind
    self.subject = subject
    self.reason = reason
    self.remedy = remedy
  }

  /// The same error with `file` named in front: parsers know what is wrong, their callers know where.
  public func inFile(_ file: String) -> InputError {
    var error = self
    error.reason = subject.isEmpty ? reason : "\(subject): \(reason)"
    error.subject = file
    return error
  }

  /// Runs `body`; an error of it that is about nothing yet is about `subject`.
  package static func naming<Result>(_ subject: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as InputError where error.subject.isEmpty {
      throw InputError(error.kind, subject, error.reason, remedy: error.remedy)
    }
  }

  public var description: String {
    let text = subject.isEmpty ? reason : "\(subject): \(reason)"
    let line = remedy.isEmpty ? text : "\(text); \(remedy)"
    return String(String.UnicodeScalarView(line.unicodeScalars.map { $0.isPrintable ? $0 : "?" }))
  }
}

extension Unicode.Scalar {
  /// Whether the scalar may go to a terminal as it is: names come from hostile files.
  fileprivate var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    default: true
    }
  }
}
