import Calibrate
import FuzzDriver
import Quant

/// The file that the input is written to, again and again: readers take files.
nonisolated(unsafe) private let scratch = ScratchFile()

/// Weights of any format that is told by its content.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSafetensors(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let scratch, scratch.write(start, count) else { return 0 }
  _ = try? WeightsFile.load(scratch.path)
  return 0
}

@_cdecl("FuzzSafetensors_main")
public func fuzzSafetensorsMain(
  _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
  runFuzzer(count, arguments, fuzzSafetensors)
}
