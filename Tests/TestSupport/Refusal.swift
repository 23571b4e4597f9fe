import Quant

/// The `InputError` that `body` throws; another error, or none, fails the test.
public func refusal<Result>(of body: () throws -> Result) throws -> InputError {
  do {
    _ = try body()
  } catch let error as InputError {
    return error
  }
  throw NotRefused()
}

private struct NotRefused: Error {}
