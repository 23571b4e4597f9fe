import Foundation

/// A little-endian Float32 array in C order from a `.npy` file that a golden script wrote.
public struct NumPyArray: Sendable {
  public let shape: [Int]
  public let elements: [Float]

  public struct Malformed: Error { public let path: String }

  public init(path: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    guard bytes.count > 10, bytes[1...5].elementsEqual("NUMPY".utf8), bytes[6] == 1 else {
      throw Malformed(path: path)
    }
    let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    guard start <= bytes.count else { throw Malformed(path: path) }
    let header = String(decoding: bytes[10..<start], as: UTF8.self)
    guard header.contains("'<f4'"), header.contains("'fortran_order': False"),
      let open = header.firstIndex(of: "("), let close = header.firstIndex(of: ")")
    else { throw Malformed(path: path) }
    shape = header[header.index(after: open)..<close].split(separator: ",").compactMap {
      Int($0.trimmingCharacters(in: .whitespaces))
    }
    guard bytes.count == start + 4 * shape.reduce(1, *) else { throw Malformed(path: path) }
    elements = bytes.withUnsafeBytes { raw in
      stride(from: start, to: raw.count, by: 4).map { offset in
        Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
      }
    }
  }
}
