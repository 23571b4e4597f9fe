/// How a convolution's work is cut into tiles: `positionsPerTile` positions (output rows, or pixels where a
/// row means nothing) by `panelsPerTile` panels of output channels.
///
/// A tile runs panel by panel, and within a panel over all its pixels, so that a panel is fetched from memory
/// once a tile and then read from the nearest cache. About 64 pixels pay for the fetch: 64·nr products a
/// weight loaded. Maps with few pixels would leave workers idle, so their panels are divided too; every such
/// tile prepares the same input rows again, which costs a few per cent of its products from two panels on. A
/// depthwise convolution has little work a pixel: larger tiles prepare fewer rows twice.
struct TileChoice: Hashable, Sendable {
  let positions: Int
  let positionsPerTile: Int
  let panels: Int
  let panelsPerTile: Int

  /// - Parameters:
  ///   - pixels: the fewest of a tile, if the map has as many.
  ///   - workers: threads that will share the work; more tiles than those, as cores may differ in speed.
  ///   - multiple: a tile has a multiple of so many positions.
  init(
    positions: Int, pixelsPerPosition: Int, pixels: Int = 64, multiple: Int = 1, panels: Int,
    workers: Int
  ) {
    self.positions = positions
    self.panels = panels
    positionsPerTile = min(
      positions, max(1, pixels.dividedRoundingUp(by: pixelsPerPosition)).roundedUp(toMultipleOf: multiple))
    let bands = positions.dividedRoundingUp(by: positionsPerTile)
    let shares = min(panels.dividedRoundingUp(by: 2), Self.leastTiles(workers).dividedRoundingUp(by: bands))
    panelsPerTile = panels.dividedRoundingUp(by: max(1, shares))
  }

  private static func leastTiles(_ workers: Int) -> Int { workers == 1 ? 1 : 4 * workers }

  /// Bands of a given height, with as many shares of the panels as give every worker something to do.
  init(bandsOf height: Int, positions: Int, panels: Int, workers: Int) {
    self.positions = positions
    self.panels = panels
    positionsPerTile = height
    let bands = positions.dividedRoundingUp(by: height)
    let shares = min(panels, Self.leastTiles(workers).dividedRoundingUp(by: bands))
    panelsPerTile = panels.dividedRoundingUp(by: max(1, shares))
  }

  private var shares: Int { panels.dividedRoundingUp(by: panelsPerTile) }

  var count: Int { positions.dividedRoundingUp(by: positionsPerTile) * shares }

  func positions(of tile: Int) -> Range<Int> {
    let first = tile / shares * positionsPerTile
    return first..<min(positions, first + positionsPerTile)
  }

  func panels(of tile: Int) -> Range<Int> {
    let first = tile % shares * panelsPerTile
    return first..<min(panels, first + panelsPerTile)
  }
}
