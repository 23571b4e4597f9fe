/// How a convolution's work is cut into tiles: `positionsPerTile` positions (output rows, or pixels where a
/// row means nothing) by `panelsPerTile` panels of output channels.
///
/// A tile runs panel by panel, and within a panel over all its pixels, so that a panel is fetched from memory
/// once a tile and then read from the nearest cache. About 64 pixels pay for the fetch: 64·nr products a
/// weight loaded. Maps with few pixels would leave workers idle: of the ways to cut them into bands and shares of
/// the panels, the one is taken that leaves the busiest worker least, what is computed twice counted. A
/// depthwise convolution has little work a pixel: larger tiles prepare fewer rows twice.
package struct TileChoice: Hashable, Sendable {
  let positions: Int
  let positionsPerTile: Int
  let panels: Int
  let panelsPerTile: Int

  /// What a tile costs, in products.
  package struct Costs {
    /// Of a panel at one position.
    var panel: Int
    /// Of what a tile prepares at one position before its panels.
    var preparation: Int
    /// Positions that a tile prepares beyond its own, if there is more than one band.
    var halo: Int
    /// What of a panel's cost there is at those, too.
    var haloPanel: Int

    package init(panel: Int, preparation: Int, halo: Int = 0, haloPanel: Int = 0) {
      self.panel = panel
      self.preparation = preparation
      self.halo = halo
      self.haloPanel = haloPanel
    }

    /// Of a tile by itself.
    static let tile = 30_000

    func cost(positions: Int, panels: Int, halo: Int) -> Int {
      Self.tile + (positions + halo) * preparation + (positions * panel + halo * haloPanel) * panels
    }
  }

  /// - Parameters:
  ///   - pixels: the fewest of a tile, if the map has as many.
  ///   - workers: threads that will share the work.
  ///   - multiple: a tile has a multiple of so many positions.
  package init(
    positions: Int, pixelsPerPosition: Int, pixels: Int = 64, multiple: Int = 1, panels: Int,
    workers: Int, costs: Costs
  ) {
    let height = min(
      positions, max(1, pixels.dividedRoundingUp(by: pixelsPerPosition)).roundedUp(toMultipleOf: multiple))
    self.init(
      height: height, positions: positions, multiple: multiple, panels: panels, workers: workers, costs: costs
    )
  }

  /// Bands of about `height`, at most half as high again, and shares of the panels, so that every worker has as much to do.
  init(height: Int, positions: Int, multiple: Int = 1, panels: Int, workers: Int, costs: Costs) {
    let (most, highest) = (4 * workers, height + height / 2)
    var best = TileChoice(height: height, positions: positions, panels: panels, panelsPerTile: panels)
    // Of many tiles each worker has enough, however they are cut.
    if workers > 1, best.count < 2 * most {
      var least = Int.max
      for bands in 1...most {
        let height = positions.dividedRoundingUp(by: bands).roundedUp(toMultipleOf: multiple)
        guard height <= highest else { continue }
        for shares in 1...min(panels, most) {
          let choice = TileChoice(
            height: min(height, positions), positions: positions, panels: panels,
            panelsPerTile: panels.dividedRoundingUp(by: shares))
          // More tiles than that make no worker less busy, and take long to try.
          guard choice.count <= 2 * most else { break }
          let span = choice.span(workers: workers, costs)
          if span < least { (least, best) = (span, choice) }
        }
      }
    }
    self = best
  }

  private init(height: Int, positions: Int, panels: Int, panelsPerTile: Int) {
    self.positions = positions
    self.panels = panels
    positionsPerTile = height
    self.panelsPerTile = panelsPerTile
  }

  /// The work of the worker that has most, tiles being divided in order; and a tenth of the largest tile, since cores may
  /// differ in speed and the last tiles of one are left to the others.
  private func span(workers: Int, _ costs: Costs) -> Int {
    let halo = positionsPerTile < positions ? costs.halo : 0
    func cost(_ tile: Int) -> Int {
      costs.cost(positions: positions(of: tile).count, panels: panels(of: tile).count, halo: halo)
    }
    let shares = (0..<workers).map { worker in
      (worker * count / workers..<(worker + 1) * count / workers).reduce(0) { $0 + cost($1) }
    }
    return (shares.max() ?? 0) + cost(0) / 10
  }

  private var shares: Int { panels.dividedRoundingUp(by: panelsPerTile) }

  package var count: Int { positions.dividedRoundingUp(by: positionsPerTile) * shares }

  package func positions(of tile: Int) -> Range<Int> {
    let first = tile / shares * positionsPerTile
    return first..<min(positions, first + positionsPerTile)
  }

  package func panels(of tile: Int) -> Range<Int> {
    let first = tile % shares * panelsPerTile
    return first..<min(panels, first + panelsPerTile)
  }
}
