#if canImport(Glibc)
  import Glibc
#endif

/// Memory between two inaccessible pages: a read or write past the wanted side ends the test program.
public final class GuardedBuffer {
  public enum Side: Sendable, CaseIterable {
    /// The bytes begin right after a guard page.
    case before
    /// The bytes end right before a guard page, but for the alignment asked for.
    case after
  }

  public let start: UnsafeMutableRawPointer
  public let byteCount: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedByteCount: Int
  private let usable: Int
  private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))
  /// What the bytes around the buffer hold.
  public static let canary: UInt8 = 0xa5

  public init(byteCount: Int, side: Side = .after) {
    let page = Self.page
    usable = max(1, (byteCount + page - 1) / page) * page
    mappedByteCount = usable + 2 * page
    let memory = mmap(nil, mappedByteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("mmap failed") }
    mapping = memory
    precondition(mprotect(memory, page, PROT_NONE) == 0)
    precondition(mprotect(memory + page + usable, page, PROT_NONE) == 0)
    (memory + page).initializeMemory(as: UInt8.self, repeating: Self.canary, count: usable)
    start = memory + page + (side == .after ? usable - byteCount : 0)
    self.byteCount = byteCount
  }

  public convenience init<Element: BitwiseCopyable>(
    _ elements: [Element], slack: Int = 0, side: Side = .after
  ) {
    self.init(byteCount: elements.count * MemoryLayout<Element>.stride + slack, side: side)
    elements.withUnsafeBytes { source in
      if let base = source.baseAddress { start.copyMemory(from: base, byteCount: source.count) }
    }
  }

  deinit { munmap(mapping, mappedByteCount) }

  public func bound<Element>(to type: Element.Type) -> UnsafeMutablePointer<Element> {
    start.assumingMemoryBound(to: type)
  }

  public func elements<Element: BitwiseCopyable>(of type: Element.Type, count: Int) -> [Element] {
    (0..<count).map { start.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: type) }
  }

  /// Whether every byte on the buffer's pages that does not belong to it is as it was.
  public var surroundingsAreIntact: Bool {
    let first = mapping + Self.page
    return (0..<usable).allSatisfy { offset in
      let place = first + offset
      let isOwn = place >= start && place < start + byteCount
      return isOwn || place.load(as: UInt8.self) == Self.canary
    }
  }
}
