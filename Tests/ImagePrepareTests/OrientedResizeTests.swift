import ImagePrepare
import Quant
import Testing

/// A stored picture is resized as if it had been turned first.
@Suite struct OrientedResizeTests {
  private func recipe(_ resize: Recipe.Resize, _ filter: Recipe.Filter, _ size: Size2D) -> Recipe {
    Recipe(
      name: "custom", resize: resize, filter: filter, inputSize: size, scale: 255, mean: [0, 0, 0],
      deviation: [1, 1, 1])
  }

  @Test(arguments: Recipe.Filter.allCases)
  func givesTheBytesOfTurningFirst(filter: Recipe.Filter) throws {
    let input = Size2D(height: 20, width: 28)
    let resizes: [Recipe.Resize] = [
      .exact(input), .shortSide(32), .centreFraction(0.8, input), .exact(Size2D(height: 67, width: 28)),
    ]
    for size in [Size2D(height: 67, width: 101), Size2D(height: 90, width: 41), Size2D(height: 9, width: 13)]
    {
      let picture = noise(size, seed: 7)
      for resize in resizes {
        let preparer = ImagePreparer(recipe: recipe(resize, filter, input))
        for tag in 1...8 {
          let orientation = Orientation(tag: tag)
          let turnedFirst = try preparer.prepare(picture.oriented(orientation))
          let prepared = try preparer.prepare(picture, orientation: orientation)
          #expect(prepared == turnedFirst, "\(size), \(resize), \(tag)")
        }
      }
    }
  }

  @Test func aPictureThatIsNotResizedIsTurned() throws {
    let preparer = ImagePreparer(recipe: recipe(.none, .bilinear, Size2D(height: 6, width: 4)))
    let picture = noise(Size2D(height: 4, width: 6), seed: 8)
    let orientation = Orientation(tag: 6)
    #expect(try preparer.prepare(picture, orientation: orientation) == picture.oriented(orientation))
    #expect(throws: InputError.self) { try preparer.prepare(picture, orientation: .asStored) }
  }

  @Test func aReductionLeavesTwiceWhatIsNeeded() {
    let size = Size2D(224)
    func reduction(_ resize: Recipe.Resize, _ height: Int, _ width: Int) -> Reduction {
      ImagePreparer(recipe: recipe(resize, .bicubic, size)).reduction(
        of: Size2D(height: height, width: width))
    }
    #expect(reduction(.shortSide(256), 3000, 4000) == .quarter)
    #expect(reduction(.shortSide(256), 4000, 3000) == .quarter)
    #expect(reduction(.shortSide(256), 2045, 4000) == .quarter)
    #expect(reduction(.shortSide(256), 2044, 4000) == .half)
    #expect(reduction(.shortSide(256), 4089, 4089) == .eighth)
    #expect(reduction(.shortSide(256), 1022, 1022) == .none)
    #expect(reduction(.exact(size), 895, 9000) == .half)
    #expect(reduction(.exact(size), 894, 9000) == .none)
    // 0.875 of 1024 is 896, of 512 is 448.
    #expect(reduction(.centreFraction(0.875, size), 1024, 4000) == .half)
    #expect(reduction(.centreFraction(0.875, size), 1022, 4000) == .none)
    #expect(reduction(.none, 3000, 4000) == .none)
    let tiny = ImagePreparer(recipe: recipe(.exact(Size2D(1)), .box, Size2D(1)))
    #expect(tiny.reduction(of: Size2D(31)) == .half)
    #expect(tiny.reduction(of: Size2D(30)) == .none)
  }
}
