import Quant

enum HDF5ExtensibleArray {
  static func chunks(
    at address: Int, _ grid: HDF5ChunkGrid, _ storage: HDF5Storage
  ) throws -> [HDF5Chunk] {
    throw HDF5.unsupported("chunks of data sets that may grow in one direction")
  }
}
