import CPeak
import Int8Kernels

/// How many products a second a loop over registers does on this core.
struct Peak {
  var instructions: String
  var set: KernelSet
  var productsPerSecond: Double

  /// Of every loop that this CPU executes, in turns; the most that any turn did.
  static func measured(seconds: Double) -> [Peak] {
    let loops = (0..<peak_loop_count()).compactMap { peak_loop_at($0)?.pointee }
    let sets = loops.map { loop in KernelSet.available.first { $0.identifier == loop.set } }
    var best = [Double](repeating: 0, count: loops.count)
    let end = Clock.seconds() + seconds
    repeat {
      for (index, loop) in loops.enumerated() where sets[index] != nil {
        best[index] = max(best[index], productsPerSecond(loop))
      }
    } while Clock.seconds() < end
    return loops.indices.compactMap { index in
      sets[index].map {
        Peak(
          instructions: String(cString: loops[index].name), set: $0, productsPerSecond: best[index])
      }
    }
  }

  /// Over a millisecond or so.
  private static func productsPerSecond(_ loop: peak_loop) -> Double {
    var turns = 1000
    while true {
      let time = Clock.time { loop.run(turns) }
      if time > 5e-4 { return Double(turns * loop.products) / time }
      turns *= 2
    }
  }
}

extension [Peak] {
  /// The most that `set` and the plainer sets it uses can do; nil for the scalar set.
  func productsPerSecond(in set: KernelSet) -> Double? {
    filter { set.withFallbacks.contains($0.set) }.map(\.productsPerSecond).max()
  }
}
