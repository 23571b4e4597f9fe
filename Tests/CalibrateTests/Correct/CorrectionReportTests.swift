import Calibrate
import EdgeTool
import Testing

@Suite struct CorrectionReportTests {
  @Test func saysNothingWhereAllWasDone() {
    let report = CorrectionReport(.full, photos: 100, photosGiven: 100, convolutions: 4)
    #expect(report.steps == [.rounding, .bias, .output])
    #expect(report.notes.isEmpty)
  }

  @Test func namesTheStepsThatNeedMorePhotos() {
    let report = CorrectionReport(.full, photos: 5, photosGiven: 5, convolutions: 4)
    #expect(report.steps == [.bias, .output])
    #expect(report.tooFewPhotosFor == [.rounding])
    #expect(report.notes.count == 1)
    #expect(report.notes[0].contains("too few to correct rounding, which takes at least 8"))
  }

  @Test func saysWhenMemoryHoldsFewerPhotos() {
    let report = CorrectionReport(.full, photos: 6, photosGiven: 200, convolutions: 4)
    #expect(report.notes.count == 2)
    #expect(report.notes[0].contains("6 of 200 photos"))
    #expect(report.notes[1].contains("6 photos: too few to correct rounding"))
  }

  @Test func saysWhenCorrectionsWereTakenBack() {
    var report = CorrectionReport(.fast, photos: 50, photosGiven: 50, convolutions: 4)
    report.isRejected = true
    #expect(report.notes.count == 1)
    #expect(report.json["rejected"]?.bool == true)
    #expect(report.json["steps"] == nil)
  }
}
