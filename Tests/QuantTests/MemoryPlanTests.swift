import Quant
import TestSupport
import Testing

@Suite struct MemoryPlanTests {
  @Test(arguments: 0..<20)
  func neverOverlapsLivingValues(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let count = generator.int(in: 1...60)
    let sizes = (0..<count).map { _ in generator.int(in: 1...5_000) }
    let lifetimes = (0..<count).map { index in index...index + generator.int(in: 0...6) }
    let plan = MemoryPlan(byteCounts: sizes, lifetimes: lifetimes, alignment: 64)
    for a in 0..<count {
      #expect(plan.offsets[a] % 64 == 0 && plan.offsets[a] + sizes[a] <= plan.byteCount)
      for b in 0..<a where lifetimes[a].overlaps(lifetimes[b]) {
        #expect(
          plan.offsets[a] + sizes[a] <= plan.offsets[b] || plan.offsets[b] + sizes[b] <= plan.offsets[a])
      }
    }
  }

  @Test func reusesTheBytesOfDeadValues() {
    let plan = MemoryPlan(
      byteCounts: [64, 64, 64, 64], lifetimes: [0...0, 0...1, 1...2, 2...3], alignment: 64)
    #expect(plan.byteCount == 128)
  }
}
