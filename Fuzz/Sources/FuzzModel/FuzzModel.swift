import FuzzDriver
import Quant

nonisolated(unsafe) private let scratch = ScratchFile()

/// The model file: its container, graph and every check before it runs.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzModel(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let scratch, scratch.write(start, count) else { return 0 }
  guard let file = try? FileBytes(path: scratch.path) else { return 0 }
  _ = try? QuantizedModel(file)
  return 0
}

@_cdecl("FuzzModel_main")
public func fuzzModelMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?)
  -> CInt
{
  runFuzzer(count, arguments, fuzzModel)
}
