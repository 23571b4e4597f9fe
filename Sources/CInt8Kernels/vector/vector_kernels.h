// The vector kernels: I8K(operation, arguments, set, nr, name).
I8K(dense, dense, scalar, 8, i8k_dense_f32_1x8__scalar)
I8K(sigmoid, sigmoid, scalar, 1, i8k_sigmoid_f32__scalar)
#if defined(__x86_64__)
I8K(dense, dense, avx2, 32, i8k_dense_f32_1x32__avx2)
I8K(dense, dense, avx512vnni, 64, i8k_dense_f32_1x64__avx512vnni)
I8K(sigmoid, sigmoid, avx2, 1, i8k_sigmoid_f32__avx2)
I8K(sigmoid, sigmoid, avx512vnni, 1, i8k_sigmoid_f32__avx512vnni)
#endif
#if defined(__aarch64__)
I8K(dense, dense, neon, 16, i8k_dense_f32_1x16__neon)
I8K(sigmoid, sigmoid, neon, 1, i8k_sigmoid_f32__neon)
#endif
