import Glibc
import Quant

/// How many threads serve best when nobody says: the big cores that this process may use.
package enum ProcessorTopology {
  /// Cores with at least 80 % of the largest capacity, among those that the scheduler allows; at least 1.
  package static var defaultThreads: Int {
    bigCores(allowed: allowedCores(), capacity: capacity).count
  }

  /// Where capacities are not told (x86, older kernels), all allowed cores are big.
  static func bigCores(allowed: [Int], capacity: (Int) -> Int?) -> [Int] {
    let capacities = allowed.map(capacity)
    guard let largest = capacities.compactMap(\.self).max() else { return allowed.isEmpty ? [0] : allowed }
    return zip(allowed, capacities).filter { 5 * ($0.1 ?? largest) >= 4 * largest }.map(\.0)
  }

  /// From the kernel's own list: libc's call for it is not visible to Swift.
  private static func allowedCores() -> [Int] {
    let status = (try? RegularFile.read(FilePath("/proc/self/status"), limit: 1 << 20)) ?? []
    let key = Array("Cpus_allowed_list:".utf8)
    if let line = status.split(separator: UInt8(ascii: "\n")).first(where: { $0.starts(with: key) }) {
      let cores = cores(inList: String(decoding: line.dropFirst(key.count), as: UTF8.self))
      if !cores.isEmpty { return cores }
    }
    return Array(0..<max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
  }

  /// The numbers in a list such as `0-3,8`; none when it is not one.
  static func cores(inList list: String) -> [Int] {
    list.split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").map { Int($0.filter(\.isNumber)) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last, last < 4096 else {
        return []
      }
      return Array(first...last)
    }
  }

  private static func capacity(_ core: Int) -> Int? {
    let path = FilePath("/sys/devices/system/cpu/cpu\(core)/cpu_capacity")
    // The kernel gives these files a size of 4096 and a few digits of content.
    guard let bytes = try? RegularFile.read(path, limit: 1 << 16) else { return nil }
    return Int(String(decoding: bytes.prefix { (0x30...0x39).contains($0) }, as: UTF8.self))
  }
}
