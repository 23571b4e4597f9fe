import Int8Kernels
import Testing

@Suite struct TileChoiceTests {
  private let costs = TileChoice.Costs(panel: 1152 * 32, preparation: 6 * 1152, halo: 1)

  /// Every position of every panel is computed once, whatever the cut.
  @Test(arguments: [1, 2, 3, 4, 8, 64])
  func tilesCoverTheWork(workers: Int) {
    for (positions, panels) in [(1, 1), (49, 6), (49, 40), (196, 3), (784, 2), (12_544, 1), (7, 16)] {
      let tiles = TileChoice(
        positions: positions, pixelsPerPosition: 1, multiple: 14, panels: panels, workers: workers,
        costs: costs)
      var done = [Int](repeating: 0, count: positions * panels)
      for tile in 0..<tiles.count {
        for position in tiles.positions(of: tile) {
          for panel in tiles.panels(of: tile) { done[position * panels + panel] += 1 }
        }
      }
      #expect(done.allSatisfy { $0 == 1 }, "\(positions) × \(panels)")
    }
  }

  /// Maps of few pixels, whose natural tiles are one, three and six: two workers get the same within an eighth.
  @Test func twoWorkersHaveAsMuchToDo() {
    for (positions, panels) in [(49, 6), (49, 10), (196, 3), (196, 4)] {
      let tiles = TileChoice(
        positions: positions, pixelsPerPosition: 1, multiple: 14, panels: panels, workers: 2, costs: costs)
      let work = (0..<2).map { worker in
        (worker * tiles.count / 2..<(worker + 1) * tiles.count / 2).reduce(0) {
          $0 + tiles.positions(of: $1).count * tiles.panels(of: $1).count
        }
      }
      #expect(8 * work[0] <= 9 * work[1] && 8 * work[1] <= 9 * work[0], "\(positions) × \(panels): \(work)")
    }
  }
}
