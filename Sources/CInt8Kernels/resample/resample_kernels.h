// The kernels that resize pictures: I8K(operation, set, mr, nr, name).
I8K(resample_rows, scalar, 1, 1, i8k_resample_rows_u8__scalar)
I8K(resample_columns, scalar, 1, 1, i8k_resample_columns_u8__scalar)
#if defined(__x86_64__)
I8K(resample_rows, avx2, 4, 1, i8k_resample_rows_u8__avx2)
I8K(resample_columns, avx2, 1, 64, i8k_resample_columns_u8__avx2)
#endif
#if defined(__aarch64__)
I8K(resample_rows, neon, 2, 1, i8k_resample_rows_u8__neon)
I8K(resample_columns, neon, 1, 32, i8k_resample_columns_u8__neon)
#endif
