// The convolution kernels: I8K(operation, set, mr, nr, kr, weightBytes, rowBytes, rowOffset, prepare, name).
I8K(conv_q8, scalar, 4, 8, 1, 1, 1, 0, i8k_copy__scalar, i8k_conv_q8_4x8c1__scalar)
I8K(conv_q16, scalar, 4, 8, 1, 1, 1, 0, i8k_copy__scalar, i8k_conv_q16_4x8c1__scalar)
#if defined(__x86_64__)
I8K(conv_q8, avx2, 4, 16, 2, 2, 2, 0, i8k_widen__avx2, i8k_conv_q8_4x16c2__avx2)
I8K(conv_q16, avx2, 4, 16, 2, 2, 2, 0, i8k_widen__avx2, i8k_conv_q16_4x16c2__avx2)
#endif
#if defined(__aarch64__)
I8K(conv_q8, neon, 2, 8, 16, 1, 1, 0, i8k_copy__neon, i8k_conv_q8_2x8c16__neon)
I8K(conv_q16, neon, 2, 8, 16, 1, 1, 0, i8k_copy__neon, i8k_conv_q16_2x8c16__neon)
I8K(conv_q8, neondot, 4, 16, 4, 1, 1, 0, i8k_copy__neon, i8k_conv_q8_4x16c4__neondot)
I8K(conv_q16, neondot, 4, 16, 4, 1, 1, 0, i8k_copy__neon, i8k_conv_q16_4x16c4__neondot)
I8K(conv_q8, neoni8mm, 4, 16, 8, 1, 1, 0, i8k_copy__neon, i8k_conv_q8_4x16c8__neoni8mm)
I8K(conv_q16, neoni8mm, 4, 16, 8, 1, 1, 0, i8k_copy__neon, i8k_conv_q16_4x16c8__neoni8mm)
#endif
