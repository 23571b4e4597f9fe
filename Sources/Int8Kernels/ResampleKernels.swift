import CInt8Kernels

/// The two passes of a resize in one kernel set; every set gives the same bytes.
package struct ResampleKernels: Sendable {
  private let rows: MicroKernel
  private let columns: MicroKernel

  package init(_ set: KernelSet) {
    rows = .kernel(for: i8k_operation_resample_rows, in: set)
    columns = .kernel(for: i8k_operation_resample_columns, in: set)
  }

  /// See `i8k_resample_rows_arguments`.
  package func resampleRows(_ arguments: inout i8k_resample_rows_arguments) {
    rows.entry.pointee.run.resample_rows(&arguments)
  }

  /// See `i8k_resample_columns_arguments`.
  package func resampleColumns(_ arguments: inout i8k_resample_columns_arguments) {
    columns.entry.pointee.run.resample_columns(&arguments)
  }
}
