import EdgeTool
import Int8Kernels
import Quant

/// The results as text and as JSON.
enum Report {
  static func text(_ peaks: [Peak]) -> String {
    var table = TextTable(.left, .left, .right)
    table.add("peak of this core", "set", "GMAC/s")
    for peak in peaks {
      table.add(peak.instructions, peak.set.rawValue, Number.fixed(peak.productsPerSecond / 1e9, 1))
    }
    return table.text()
  }

  /// The rows of one family.
  static func text(_ results: [Result], _ peaks: [Peak]) -> String {
    guard let first = results.first else { return "" }
    let unit = first.workload.work.unit
    var table = TextTable(
      .left, .left, .left, .left, .right, .right, .right, .right, .right, .right, .right)
    table.add(
      first.workload.family, "set", "", "kernel", "hot µs", unit, "of peak", "behind", "cold µs", unit,
      "of peak")
    for result in results {
      for entrant in result.entrants {
        let (hot, cold) = (Speed(entrant.hot, result, peaks), entrant.cold.map { Speed($0, result, peaks) })
        let lag = result.lag(entrant)
        table.add(
          result.workload.shape, result.set.rawValue, entrant.candidate.isChosen ? "*" : "",
          entrant.candidate.kernel, hot.microseconds, hot.rate, hot.share,
          lag > 0 ? "\(Number.fixed(100 * lag, lag < 0.1 ? 1 : 0)) %" : "", cold?.microseconds ?? "–",
          cold?.rate ?? "–", cold?.share ?? "–")
      }
    }
    return table.text()
  }

  static func conclusion(_ results: [Result]) -> String {
    let wrong = results.filter(\.isWrong)
    guard !wrong.isEmpty else { return "\nno choice is more than 5 % slower than the fastest kernel\n" }
    var table = TextTable(.left, .left, .left, .right, .left)
    for result in wrong {
      guard let choice = result.entrants.first(where: \.candidate.isChosen),
        let fastest = result.entrants.min(by: { $0.hot < $1.hot })
      else { continue }
      table.add(
        result.set.rawValue, "\(result.workload.family) \(result.workload.shape)", choice.candidate.kernel,
        "+\(Number.fixed(100 * result.lag(choice), 0)) %", "over \(fastest.candidate.kernel)")
    }
    return "\nchoices more than 5 % slower than the fastest kernel:\n" + table.text(indentation: 2)
  }

  static func json(_ results: [Result], _ peaks: [Peak]) -> JSON {
    let loops = peaks.map { peak -> JSON in
      [
        "instructions": .string(peak.instructions), "kernels": .string(peak.set.rawValue),
        "products_per_second": .number(peak.productsPerSecond),
      ]
    }
    return [
      "kernel_sets": .strings(KernelSet.available.map(\.rawValue)), "peaks": .array(loops),
      "rows": .array(results.flatMap { result in result.entrants.map { json($0, of: result, peaks) } }),
      "all_choices_fastest": .bool(!results.contains(where: \.isWrong)),
    ]
  }

  private static func json(_ entrant: Contest.Entrant, of result: Result, _ peaks: [Peak]) -> JSON {
    let peak = result.workload.work.isInt8 ? peaks.productsPerSecond(in: result.set) : nil
    func share(_ seconds: Double) -> JSON {
      peak.map { .number(Double(result.workload.work.count) / seconds / $0) } ?? .null
    }
    return [
      "operation": .string(result.workload.family), "shape": .string(result.workload.shape),
      "kernels_used": .string(result.set.rawValue), "kernel": .string(entrant.candidate.kernel),
      "chosen": .bool(entrant.candidate.isChosen), "unit": .string(result.workload.work.unit),
      "count": .integer(result.workload.work.count), "hot_seconds": .number(entrant.hot),
      "cold_seconds": entrant.cold.map(JSON.number) ?? .null, "hot_share_of_peak": share(entrant.hot),
      "cold_share_of_peak": entrant.cold.map(share) ?? .null, "behind_fastest": .number(result.lag(entrant)),
    ]
  }
}

/// A time as cells of the table.
private struct Speed {
  var microseconds: String
  var rate: String
  var share: String

  init(_ seconds: Double, _ result: Result, _ peaks: [Peak]) {
    let perSecond = Double(result.workload.work.count) / seconds
    microseconds = Number.fixed(seconds * 1e6, seconds < 1e-4 ? 2 : 1)
    rate = Number.fixed(perSecond / 1e9, 1)
    let peak = result.workload.work.isInt8 ? peaks.productsPerSecond(in: result.set) : nil
    share = peak.map { "\(Number.fixed(100 * perSecond / $0, 0)) %" } ?? "–"
  }
}
