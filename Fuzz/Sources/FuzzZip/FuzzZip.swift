import Calibrate
import FuzzDriver

/// The directory of an archive and the contents of all its members.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzZip(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let view = try? ByteView(copying: bytes), let archive = try? ZipArchive(view) else { return 0 }
  for member in archive.members { _ = try? archive.contents(of: member) }
  return 0
}

@_cdecl("FuzzZip_main")
public func fuzzZipMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?)
  -> CInt
{
  runFuzzer(count, arguments, fuzzZip)
}
