// The depthwise kernels: I8K(operation, set, nr, kr, weightBytes, rowBytes, rowOffset, prepare,
// leastProducts, name). avxvnni: 3×3 taps leave one product in four idle; avx2's pairs are faster there.
I8K(dw_q8, scalar, 8, 1, 1, 1, 0, i8k_copy__scalar, 0, i8k_dw_q8_1x8c1__scalar)
I8K(dw_q16, scalar, 8, 1, 1, 1, 0, i8k_copy__scalar, 0, i8k_dw_q16_1x8c1__scalar)
#if defined(__x86_64__)
I8K(dw_q8, avx2, 16, 2, 2, 2, 0, i8k_widen__avx2, 0, i8k_dw_q8_2x16c2__avx2)
I8K(dw_q16, avx2, 16, 2, 2, 2, 0, i8k_widen__avx2, 0, i8k_dw_q16_2x16c2__avx2)
I8K(dw_q8, avxvnni, 16, 1, 1, 1, 128, i8k_offset__avx2, 10, i8k_dw_q8_2x16c1__avxvnni)
I8K(dw_q16, avxvnni, 16, 1, 1, 1, 128, i8k_offset__avx2, 10, i8k_dw_q16_2x16c1__avxvnni)
I8K(dw_q8, avx512vnni, 32, 1, 1, 1, 128, i8k_offset__avx512vnni, 0, i8k_dw_q8_2x32c1__avx512vnni)
I8K(dw_q16, avx512vnni, 32, 1, 1, 1, 128, i8k_offset__avx512vnni, 0, i8k_dw_q16_2x32c1__avx512vnni)
#endif
#if defined(__aarch64__)
I8K(dw_q8, neon, 16, 1, 1, 1, 0, i8k_copy__neon, 0, i8k_dw_q8_2x16c1__neon)
I8K(dw_q16, neon, 16, 1, 1, 1, 0, i8k_copy__neon, 0, i8k_dw_q16_2x16c1__neon)
I8K(dw_q8, neondot, 16, 1, 1, 1, 0, i8k_copy__neon, 0, i8k_dw_q8_1x16c1__neondot)
I8K(dw_q16, neondot, 16, 1, 1, 1, 0, i8k_copy__neon, 0, i8k_dw_q16_1x16c1__neondot)
#endif
