// The convolution kernels: I8K(operation, set, mr, nr, kr, weightBytes, rowBytes, rowOffset, prepare, prepareTurned,
// join, leastProducts, leastDepth, name).
I8K(conv_q8, scalar, 4, 8, 1, 1, 1, 0, i8k_copy__scalar, NULL, NULL, 0, 0, i8k_conv_q8_4x8c1__scalar)
I8K(conv_q16, scalar, 4, 8, 1, 1, 1, 0, i8k_copy__scalar, NULL, NULL, 0, 0, i8k_conv_q16_4x8c1__scalar)
#if defined(__x86_64__)
I8K(conv_q8, avx2, 6, 16, 2, 2, 2, 0, i8k_widen__avx2, NULL, NULL, 0, 0, i8k_conv_q8_6x16c2__avx2)
I8K(conv_q16, avx2, 6, 16, 2, 2, 2, 0, i8k_widen__avx2, NULL, NULL, 0, 0, i8k_conv_q16_6x16c2__avx2)
I8K(conv_q8, avx2, 8, 8, 4, 1, 1, 128, i8k_offset__avx2, i8k_turn__avx2, NULL, 176, 64, i8k_conv_q8_8x8c4__avx2)
I8K(conv_q16, avx2, 8, 8, 4, 1, 1, 128, i8k_offset__avx2, i8k_turn__avx2, NULL, 176, 64, i8k_conv_q16_8x8c4__avx2)
I8K(conv_q8, avxvnni, 6, 16, 4, 1, 1, 128, i8k_offset__avx2, NULL, NULL, 0, 0, i8k_conv_q8_6x16c4__avxvnni)
I8K(conv_q16, avxvnni, 6, 16, 4, 1, 1, 128, i8k_offset__avx2, NULL, NULL, 0, 0, i8k_conv_q16_6x16c4__avxvnni)
I8K(conv_q8, avx512vnni, 14, 32, 4, 1, 1, 128, i8k_offset__avx512vnni, NULL, NULL, 0, 0, i8k_conv_q8_14x32c4__avx512vnni)
I8K(conv_q16, avx512vnni, 14, 32, 4, 1, 1, 128, i8k_offset__avx512vnni, NULL, NULL, 0, 0, i8k_conv_q16_14x32c4__avx512vnni)
#endif
#if defined(__aarch64__)
I8K(conv_q8, neon, 2, 8, 16, 1, 1, 0, i8k_copy__neon, NULL, NULL, 0, 0, i8k_conv_q8_2x8c16__neon)
I8K(conv_q16, neon, 2, 8, 16, 1, 1, 0, i8k_copy__neon, NULL, NULL, 0, 0, i8k_conv_q16_2x8c16__neon)
I8K(conv_q8, neondot, 6, 16, 4, 1, 1, 0, i8k_copy__neon, NULL, NULL, 0, 0, i8k_conv_q8_6x16c4__neondot)
I8K(conv_q16, neondot, 6, 16, 4, 1, 1, 0, i8k_copy__neon, NULL, NULL, 0, 0, i8k_conv_q16_6x16c4__neondot)
I8K(conv_q8, neoni8mm, 6, 16, 8, 1, 1, 0, i8k_copy__neon, NULL, i8k_join_rows__neon, 0, 0, i8k_conv_q8_6x16c8__neoni8mm)
I8K(conv_q16, neoni8mm, 6, 16, 8, 1, 1, 0, i8k_copy__neon, NULL, i8k_join_rows__neon, 0, 0, i8k_conv_q16_6x16c8__neoni8mm)
#endif
