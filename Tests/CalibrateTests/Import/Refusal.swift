import Quant
import Testing

/// The `InputError` that `body` throws; another error, or none, fails the test.
func refusal<Result>(of body: () throws -> Result) throws -> InputError {
  do {
    _ = try body()
  } catch let error as InputError {
    return error
  }
  throw NotRefused()
}

private struct NotRefused: Error {}

/// Bytes under a name, for tests of many files.
struct NamedBytes: CustomTestStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]

  init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  var testDescription: String { name }
}
