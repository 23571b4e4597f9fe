// The pooling kernels: I8K(operation, arguments, set, nr, name).
I8K(max_pool, pool, scalar, 1, i8k_max_pool_s8__scalar)
I8K(average_pool, pool, scalar, 1, i8k_average_pool_s8__scalar)
I8K(sum, sum, scalar, 1, i8k_sum_s8__scalar)
#if defined(__x86_64__)
I8K(max_pool, pool, avx2, 16, i8k_max_pool_s8__avx2)
I8K(sum, sum, avx2, 16, i8k_sum_s8__avx2)
I8K(max_pool, pool, avx512vnni, 64, i8k_max_pool_s8__avx512vnni)
I8K(average_pool, pool, avx512vnni, 32, i8k_average_pool_s8__avx512vnni)
I8K(sum, sum, avx512vnni, 32, i8k_sum_s8__avx512vnni)
#endif
#if defined(__aarch64__)
I8K(max_pool, pool, neon, 8, i8k_max_pool_s8__neon)
I8K(sum, sum, neon, 8, i8k_sum_s8__neon)
#endif
