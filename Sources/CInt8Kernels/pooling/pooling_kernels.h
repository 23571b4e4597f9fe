// The pooling kernels: I8K(operation, arguments, set, nr, name).
I8K(max_pool, pool, scalar, 1, i8k_max_pool_s8__scalar)
I8K(average_pool, pool, scalar, 1, i8k_average_pool_s8__scalar)
I8K(sum, sum, scalar, 1, i8k_sum_s8__scalar)
