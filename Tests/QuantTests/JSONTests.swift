import Quant
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    #"{"a":[1,2.5,-3e-7,true,false,null],"b":{"c":"\"\\\n\u0001é😀"}}"#, "[]", "{}", "0", #""""#,
  ])
  func readsBackWhatItWrites(text: String) throws {
    let value = try JSON.parse(text)
    #expect(try JSON.parse(value.text()) == value)
    #expect(try JSON.parse(value.text(indented: true)) == value)
  }

  @Test func writesSortedKeysAndShortestNumbers() {
    let value: JSON = ["b": 0.1, "a": 1, "c": .float(0.1), "d": .number(3)]
    #expect(value.text() == #"{"a":1,"b":0.1,"c":0.1,"d":3}"#)
  }

  @Test(arguments: [
    "", "{", "[1,]", #"{"a":1,"a":2}"#, "01", "1.", "1e", "1e999", "--1", #""\ud800""#, #""\ud800A""#,
    "\"\u{1}\"",
    "nul", "[] []", "\"", #"{"a"}"#, "NaN", #""\x""#, String(repeating: "[", count: 100_000),
  ])
  func rejectsWhatIsNotJSON(text: String) {
    #expect(throws: InputError.self) { try JSON.parse(text) }
  }

  @Test func rejectsInvalidUTF8() {
    #expect(throws: InputError.self) { try JSON.parse([0x22, 0xff, 0x22]) }
  }

  @Test func readsEscapes() throws {
    #expect(try JSON.parse(#""\u00e9\ud83d\ude00\/\b""#).string == "é😀/\u{8}")
  }
}
