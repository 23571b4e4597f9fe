import Calibrate
import FuzzDriver
import Quant

/// A configuration, from JSON to the float graph, with weights made up by shape.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzKeras(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: start, count: count)
  guard let configuration = try? JSON.parse(bytes) else { return 0 }
  for version in ["2.15.0", "3.4.0"] {
    let source = KerasSource(configuration: configuration, version: version, weights: .made(madeUp))
    _ = try? source.network(ImportOptions(inputSize: Size2D(height: 17, width: 16)))
  }
  return 0
}

/// Ones, as long as they are few; a shape that no kernel has for what would not fit.
@Sendable private func madeUp(_: String, _: String, _ shape: [Int]) -> FloatTensor {
  var product = 1
  for side in shape {
    let (next, overflow) = product.multipliedReportingOverflow(by: side)
    guard !overflow, next >= 0, next <= 1 << 16 else { return FloatTensor(shape: [0], elements: []) }
    product = next
  }
  return FloatTensor(shape: shape, elements: [Float](repeating: 1, count: product))
}

@_cdecl("FuzzKeras_main")
public func fuzzKerasMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?)
  -> CInt
{
  runFuzzer(count, arguments, fuzzKeras)
}
