import Quant
import Synchronization

/// How much may be made of one file, all reads together.
///
/// Structures and data may overlap in a file that lies; a small file could then become any number of links, texts and
/// tensors. An honest one is read whole a few times before this ends.
final class HDF5Allowance: Sendable {
  /// Bytes that data sets may take which the file only declares: they are the fill value alone.
  static let fillLimit = 16 << 20

  private let structureLimit: Int
  private let dataLimit: Int
  private let structures = Atomic<Int>(0)
  private let data = Atomic<Int>(0)
  private let filled = Atomic<Int>(0)

  /// - Parameter fileCount: bytes of the file, at most 2⁴⁸.
  init(fileCount: Int) {
    structureLimit = 64 * fileCount + 64 << 20
    dataLimit = 16 * fileCount + 1 << 20
  }

  /// Counts bytes of headers, trees and heaps.
  func spend(structure count: Int) throws {
    try Self.spend(count, of: structures, limit: structureLimit, "structures")
  }

  /// Counts stored bytes of data.
  func spend(data count: Int) throws { try Self.spend(count, of: data, limit: dataLimit, "data") }

  private static func spend(
    _ count: Int, of total: borrowing Atomic<Int>, limit: Int, _ what: String
  ) throws {
    // Addends beyond the limit are not added, so that the sum cannot overflow.
    guard count <= limit, total.wrappingAdd(count, ordering: .relaxed).newValue <= limit else {
      throw HDF5.fault(.tooLarge, "the file's \(what) overlap, or were read too many times")
    }
  }

  /// Counts elements that are the fill value alone, of `size` bytes each; numbers become four.
  func fill(_ elementCount: Int, size: Int) throws {
    let (count, overflow) = elementCount.multipliedReportingOverflow(by: max(4, size))
    guard !overflow, count <= Self.fillLimit,
      filled.wrappingAdd(count, ordering: .relaxed).newValue <= Self.fillLimit
    else { throw HDF5.fault(.tooLarge, "\(elementCount) elements are declared that the file does not store") }
  }
}
