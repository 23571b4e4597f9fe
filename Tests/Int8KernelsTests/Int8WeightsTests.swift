import Int8Kernels
import TestSupport
import Testing

@Suite struct Int8WeightsTests {
  /// Bytes that stand on an odd address, and count how often they are given back.
  private final class Lender: WeightOwner, @unchecked Sendable {
    let memory: UnsafeMutableRawBufferPointer
    var givenBack = 0

    init(_ elements: [Int8]) {
      memory = .allocate(byteCount: elements.count + 1, alignment: 16)
      for (index, element) in elements.enumerated() {
        memory.storeBytes(of: element, toByteOffset: index + 1, as: Int8.self)
      }
    }

    deinit { memory.deallocate() }

    var weights: Int8Weights {
      Int8Weights(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[1...]), of: self)
    }

    func giveBack(_ bytes: UnsafeRawBufferPointer) { givenBack += 1 }
  }

  private func random(_ count: Int, lowest: Int = -127, seed: UInt64 = 1) -> [Int8] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Int8(generator.int(in: lowest...127)) }
  }

  @Test func lentWeightsAreEqualToAnArray() {
    let elements = random(1000)
    let lender = Lender(elements)
    let lent = lender.weights
    #expect(lent == Int8Weights(elements))
    #expect(lent.hashValue == Int8Weights(elements).hashValue)
    #expect(Array(lent) == elements)
    #expect(lent != Int8Weights(random(1000, seed: 2)))
    lent.giveBack()
    #expect(lender.givenBack == 1)
  }

  @Test func changingACopyLeavesTheLenderAlone() {
    let elements = random(20)
    let lender = Lender(elements)
    var copy = lender.weights
    copy[3] = 99
    copy.append(5)
    var changed = elements
    changed[3] = 99
    changed.append(5)
    #expect(Array(copy) == changed)
    #expect(Array(lender.weights) == elements)
  }

  @Test func keepsItsOwnerAlive() {
    let weights = Lender(random(100)).weights
    #expect(Array(weights) == random(100))
  }

  @Test(arguments: [0, 1, 31, 32, 33, 257, 70_000])
  func sumsMatchTheirDefinitions(count: Int) {
    let elements = random(count, seed: UInt64(count) + 1)
    let weights = Int8Weights(elements)
    for range in [0..<count, count / 3..<count] {
      let expected = elements[range].reduce(0) { $0 + abs(Int($1)) }
      #expect(weights.magnitude(of: range) == expected)
    }
    #expect(!weights.holdsLowest)
    for place in Set([0, count / 2, count - 1]) where (0..<count).contains(place) {
      var lowered = weights
      lowered[place] = -128
      #expect(lowered.holdsLowest)
      #expect(
        lowered.magnitude(of: 0..<count) == weights.magnitude(of: 0..<count) + 128 - abs(Int(elements[place]))
      )
    }
  }

  /// Groups of four are counted in 16 bits: rows that are longer than those reach go another way.
  @Test func rowsBeyondTheDealtOffsetsAreExact() {
    let (channels, outputs) = (262_200, 9)
    let geometry = ConvolutionGeometry(
      inputHeight: 1, inputWidth: 2, inputChannels: channels, outputHeight: 1, outputWidth: 2,
      outputChannels: outputs, kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1,
      paddingTop: 0,
      paddingLeft: 0)
    let parameters = ConvolutionParameters(
      weights: random(channels * outputs, lowest: -20), bias: [Int32](repeating: 7, count: outputs),
      inputZeroPoints: random(channels),
      epilogue: .q8(
        Requantization(
          multipliers: [Float](repeating: 0x1p-14, count: outputs),
          zeroPoints: [Int8](repeating: 3, count: outputs),
          minimum: [Int8](repeating: -128, count: outputs), maximum: [Int8](repeating: 127, count: outputs))))
    let map = random(2 * channels, lowest: -128, seed: 3)
    let results = KernelSet.tested.map { kernels in
      let layer = ConvolutionLayer(geometry: geometry, parameters: parameters, kernels: kernels)
      return run(layer, maps: [map], outputCount: 2 * outputs, as: Int8.self)
    }
    #expect(results.allSatisfy { $0.isExact && $0.elements == results[0].elements })
  }
}
