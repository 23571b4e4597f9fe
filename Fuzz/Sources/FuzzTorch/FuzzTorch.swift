import Calibrate
import FuzzDriver

/// Checkpoints of both containers, by their first bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTorch(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let view = try? ByteView(copying: bytes) else { return 0 }
  _ = try? TorchCheckpoint.load(view).state.checkedFinite()
  // Also as a stream without a container: most bytes are not one.
  var unpickler = Unpickler(view)
  while (try? unpickler.load()) != nil, unpickler.position < count {}
  return 0
}

@_cdecl("FuzzTorch_main")
public func fuzzTorchMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?)
  -> CInt
{
  runFuzzer(count, arguments, fuzzTorch)
}
