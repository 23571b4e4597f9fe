import Quant
import Testing

@Suite struct InputErrorTests {
  @Test func printsOneLineWithFileReasonAndRemedy() {
    let error = InputError(.malformed, "conv1", "the scale is 0", remedy: "quantize again").inFile("a.edge")
    #expect(error.description == "a.edge: conv1: the scale is 0; quantize again")
  }

  @Test func printsNoControlCharacters() {
    let error = InputError(.malformed, "a\u{1b}[31m\nb\u{202e}", "c")
    #expect(error.description == "a?[31m?b?: c")
  }
}
