import Calibrate
import Quant
import TestSupport
import Testing

private func load(_ builder: ZipBuilder) throws -> TorchCheckpoint {
  try TorchCheckpoint.load(ByteView(copying: builder.bytes))
}

private func floats(_ values: [Float]) -> [UInt8] { values.flatMap { little($0.bitPattern) } }

/// `{"w": tensor of the storage 0}`.
private func dictionary(_ tensor: (PickleAssembler) -> PickleAssembler) -> [UInt8] {
  tensor(PickleAssembler().raw("}").string("w")).raw("s").stopped
}

@Suite struct TorchCheckpointTests {
  @Test func gathersStridedTensors() throws {
    let pickle = dictionary { $0.tensor(count: 6, offset: 1, shape: [2, 2], strides: [1, 3]) }
    let file = ZipBuilder.torch(pickle, storages: ["0": floats([0, 1, 2, 3, 4, 5])])
    #expect(try load(file).state["w"] == FloatTensor(shape: [2, 2], elements: [1, 4, 2, 5]))
  }

  @Test(arguments: [0, 12, 15, 20, 1_000])
  func refusesStoragesOfAnotherSize(byteCount: Int) throws {
    let pickle = dictionary { $0.tensor(count: 4, shape: [4], strides: [1]) }
    let file = ZipBuilder.torch(pickle, storages: ["0": [UInt8](repeating: 0, count: byteCount)])
    #expect(throws: InputError.self) { try load(file) }
  }

  @Test func refusesAMissingStorage() throws {
    let pickle = dictionary { $0.tensor(count: 4, shape: [4], strides: [1]) }
    #expect(throws: InputError.self) { try load(.torch(pickle)) }
  }

  /// A stride of 0 repeats numbers without end.
  @Test func refusesATensorMuchLargerThanTheFile() throws {
    let pickle = dictionary { $0.tensor(count: 4, shape: [1 << 20, 1 << 12], strides: [0, 0]) }
    let error = try refusal {
      try load(.torch(pickle, storages: ["0": floats([1, 2, 3, 4])]))
    }
    #expect(error.kind == .tooLarge)
  }

  @Test func refusesACallBesideNoTensors() throws {
    let pickle = PickleAssembler().global("os", "system").raw("(").string("id").raw("tR").stopped
    let error = try refusal { try load(.torch(pickle)) }
    #expect(error.reason.contains("os.system"))
  }

  @Test func refusesATensorMadeByAnUnknownFunction() throws {
    let pickle = PickleAssembler().raw("}(").string("a").tensor(count: 4, shape: [4], strides: [1])
      .string("b").global("evil", "make").raw(")Ru").stopped
    let error = try refusal {
      try load(.torch(pickle, storages: ["0": floats([1, 2, 3, 4])]))
    }
    #expect(error.description.contains("evil.make"))
  }

  @Test func refusesAModuleThatContainsItself() throws {
    let pickle = PickleAssembler().global("m", "M").raw(")R").raw("q").raw([0]).raw("}(")
      .string("_parameters").raw("}").string("_modules").raw("}").string("child").raw("h").raw([0])
      .raw("sub").stopped
    #expect(throws: InputError.self) { try load(.torch(pickle)) }
  }

  @Test func refusesAChoiceBetweenUnknownNames() throws {
    let inner = { (assembler: PickleAssembler) in
      assembler.raw("}").string("w").tensor(count: 4, shape: [4], strides: [1]).raw("s")
    }
    let pickle = inner(inner(PickleAssembler().raw("}(").string("left")).string("right")).raw("u").stopped
    let error = try refusal {
      try load(.torch(pickle, storages: ["0": floats([1, 2, 3, 4])]))
    }
    #expect(error.reason.contains("left, right"))
  }

  @Test func readsTheNewerCallOfUntypedStorages() throws {
    let pickle = PickleAssembler().raw("}").string("w").global("torch._utils", "_rebuild_tensor_v3").raw("(")
      .raw("(").string("storage").global("torch.storage", "UntypedStorage").string("0").string("cpu")
      .integer(8).raw("tQ").integer(1).integers([1]).integers([1]).raw([0x89]).raw("}")
      .global("torch", "float32").raw("tRs").stopped
    let file = ZipBuilder.torch(pickle, storages: ["0": floats([1, 2])])
    #expect(try load(file).state["w"]?.elements == [2])
  }

  @Test func refusesWeightsThatAreNotFinite() throws {
    for value in [Float.nan, .infinity, -.infinity, -.nan, .signalingNaN] {
      let pickle = dictionary { $0.tensor(count: 4, shape: [4], strides: [1]) }
      let file = ZipBuilder.torch(pickle, storages: ["0": floats([1, 2, value, 4])])
      let error = try refusal { try load(file).state.checkedFinite() }
      #expect(error.subject == "w")
      #expect(error.reason.contains("element 2"))
    }
    let large = dictionary { $0.tensor(count: 2, shape: [2], strides: [1]) }
    let file = ZipBuilder.torch(
      large, storages: ["0": floats([.greatestFiniteMagnitude, -.leastNonzeroMagnitude])])
    #expect(try load(file).state.checkedFinite().count == 1)
  }
}
