import Calibrate
import FuzzDriver

/// All groups, attributes and data sets of a file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHDF5(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let view = try? ByteView(copying: bytes), let file = try? HDF5File(view), let root = try? file.root
  else { return 0 }
  _ = try? file.datasets()
  var pending: [HDF5Object] = [.group(root)]
  var opened = 0
  while let object = pending.popLast(), opened < 50 {
    opened += 1
    switch object {
    case .group(let group):
      read(try? group.attributes)
      pending += group.names.prefix(25).compactMap { try? group.child($0) }
    case .dataset(let dataset):
      read(try? dataset.attributes)
      _ = try? dataset.floats()
      _ = try? dataset.strings()
    }
  }
  return 0
}

private func read(_ attributes: HDF5Attributes?) {
  guard let attributes else { return }
  for name in attributes.names {
    _ = try? attributes[name]?.floats()
    _ = try? attributes[name]?.strings()
  }
}

@_cdecl("FuzzHDF5_main")
public func fuzzHDF5Main(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?)
  -> CInt
{
  runFuzzer(count, arguments, fuzzHDF5)
}
