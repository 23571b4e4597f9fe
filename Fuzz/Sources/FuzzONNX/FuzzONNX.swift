import Calibrate
import FuzzDriver
import Quant

/// ONNX graphs, traced to a network. No file of external data is opened.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzONNX(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let view = try? ByteView(copying: bytes), let source = try? ONNXSource(view, folder: nil) else {
    return 0
  }
  // Once at the graph's own size, once at one that a command line gives.
  if (try? source.network(ImportOptions())) == nil {
    _ = try? source.network(ImportOptions(inputSize: Size2D(height: 24, width: 20)))
  }
  return 0
}

@_cdecl("FuzzONNX_main")
public func fuzzONNXMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?)
  -> CInt
{
  runFuzzer(count, arguments, fuzzONNX)
}
