import Int8Kernels
import TestSupport
import Testing

@Suite struct CopyLayerTests {
  @Test func theInputIsShiftedExactly() {
    let extent = MapExtent(height: 16, width: 16, channels: 1)
    let bytes = (0...255).map { Int8(bitPattern: UInt8($0)) }
    let (elements, isExact) = run(
      InputLayer(extent: extent), maps: [bytes], outputCount: 256, as: Int8.self)
    #expect(elements == (0...255).map { Int8($0 - 128) })
    #expect(isExact)
  }

  @Test func mapsStandSideBySide() {
    let layer = ConcatenateLayer(height: 2, width: 1, parts: [2, 1, 3])
    let (elements, isExact) = run(
      layer, maps: [[1, 2, 3, 4], [5, 6], [7, 8, 9, 10, 11, 12]], outputCount: 12, as: Int8.self)
    #expect(elements == [1, 2, 5, 7, 8, 9, 3, 4, 6, 10, 11, 12])
    #expect(isExact)
  }

  @Test func paddingIsTheZeroPoint() {
    let extent = MapExtent(height: 1, width: 1, channels: 2)
    let layer = PadLayer(extent: extent, top: 1, left: 1, bottom: 0, right: 2, zeroPoints: [-5, 9])
    let (elements, isExact) = run(layer, maps: [[1, 2]], outputCount: 16, as: Int8.self)
    #expect(elements == [-5, 9, -5, 9, -5, 9, -5, 9, -5, 9, 1, 2, -5, 9, -5, 9])
    #expect(isExact)
  }

  @Test func flatteningRestoresRealNumbers() {
    let extent = MapExtent(height: 1, width: 2, channels: 2)
    let layer = FlattenLayer(extent: extent, scales: [0.5, 0.1], zeroPoints: [-128, 127])
    let (elements, isExact) = run(layer, maps: [[127, -128, -128, 127]], outputCount: 4, as: Float.self)
    #expect(elements == [127.5, Float(0.1) * -255, 0, 0])
    #expect(isExact)
  }
}
