// The vector kernels: I8K(operation, arguments, set, nr, name).
I8K(dense, dense, scalar, 8, i8k_dense_f32_1x8__scalar)
