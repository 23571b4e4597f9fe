/// How output channels are dealt to panels of `nr` lanes: every group begins a new panel, the last panel of a
/// group may have idle lanes.
package struct PanelLayout: Hashable, Sendable {
  package let groups: Int
  package let outputsPerGroup: Int
  package let nr: Int

  package init(groups: Int, outputsPerGroup: Int, nr: Int) {
    self.groups = groups
    self.outputsPerGroup = outputsPerGroup
    self.nr = nr
  }

  package var panelsPerGroup: Int { outputsPerGroup.dividedRoundingUp(by: nr) }
  package var panelCount: Int { groups * panelsPerGroup }

  package func group(of panel: Int) -> Int { panel / panelsPerGroup }

  /// The output channels that `panel` computes.
  package func channels(of panel: Int) -> Range<Int> {
    let inGroup = panel % panelsPerGroup * nr
    let first = group(of: panel) * outputsPerGroup + inGroup
    return first..<first + min(nr, outputsPerGroup - inGroup)
  }

  /// Values a channel in the order of lanes: `[panel][nr]`, `idle` where a lane has no channel.
  package func arrange<Element>(_ values: [Element], idle: Element) -> AlignedArray<Element> {
    AlignedArray(count: panelCount * nr) { lanes in
      for panel in 0..<panelCount {
        for lane in 0..<nr { lanes[panel * nr + lane] = idle }
        for (lane, channel) in channels(of: panel).enumerated() { lanes[panel * nr + lane] = values[channel] }
      }
    }
  }
}
