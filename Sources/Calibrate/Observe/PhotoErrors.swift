/// Squared errors of photos, each relative to its energy.
struct PhotoErrors {
  private var errors: [Double] = []
  private var energies: [Double] = []

  mutating func append(error: Double, energy: Double) {
    errors.append(error)
    energies.append(energy)
  }

  private var meanEnergy: Double { energies.reduce(0, +) / Double(max(energies.count, 1)) }

  /// Error over energy. A photo with less than a sixteenth of the mean energy is judged as if it had that: where a map is
  /// nearly empty, an error relative to nothing says little.
  var relative: [Double] {
    let floor = max(meanEnergy / 16, .leastNormalMagnitude)
    return zip(errors, energies).map { $0 / max($1, floor) }
  }

  /// The mean of `relative`; 0 without energy.
  var mean: Double { meanEnergy > 0 ? relative.mean : 0 }
}
