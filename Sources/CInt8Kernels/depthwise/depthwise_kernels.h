// The depthwise kernels: I8K(operation, set, nr, kr, weightBytes, rowBytes, rowOffset, prepare, name).
I8K(dw_q8, scalar, 8, 1, 1, 1, 0, i8k_copy__scalar, i8k_dw_q8_1x8c1__scalar)
I8K(dw_q16, scalar, 8, 1, 1, 1, 0, i8k_copy__scalar, i8k_dw_q16_1x8c1__scalar)
#if defined(__x86_64__)
I8K(dw_q8, avx2, 16, 2, 2, 2, 0, i8k_widen__avx2, i8k_dw_q8_2x16c2__avx2)
I8K(dw_q16, avx2, 16, 2, 2, 2, 0, i8k_widen__avx2, i8k_dw_q16_2x16c2__avx2)
#endif
#if defined(__aarch64__)
I8K(dw_q8, neon, 16, 1, 1, 1, 0, i8k_copy__neon, i8k_dw_q8_2x16c1__neon)
I8K(dw_q16, neon, 16, 1, 1, 1, 0, i8k_copy__neon, i8k_dw_q16_2x16c1__neon)
I8K(dw_q8, neondot, 16, 1, 1, 1, 0, i8k_copy__neon, i8k_dw_q8_1x16c1__neondot)
I8K(dw_q16, neondot, 16, 1, 1, 1, 0, i8k_copy__neon, i8k_dw_q16_1x16c1__neondot)
#endif
