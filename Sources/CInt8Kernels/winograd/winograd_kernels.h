// The kernels of F(2×2, 3×3): I8K(operation, set, mr, nr, kr, transform, name).
I8K(winograd_q8, scalar, 1, 8, 2, i8k_winograd_windows__scalar, i8k_winograd_q8_1x8c2__scalar)
I8K(winograd_q16, scalar, 1, 8, 2, i8k_winograd_windows__scalar, i8k_winograd_q16_1x8c2__scalar)
#if defined(__x86_64__)
I8K(winograd_q8, avx2, 6, 16, 2, i8k_winograd_windows__avx2, i8k_winograd_q8_6x16c2__avx2)
I8K(winograd_q16, avx2, 6, 16, 2, i8k_winograd_windows__avx2, i8k_winograd_q16_6x16c2__avx2)
#endif
#if defined(__aarch64__)
I8K(winograd_q8, neon, 4, 16, 1, i8k_winograd_windows__neon, i8k_winograd_q8_4x16c1__neon)
I8K(winograd_q16, neon, 4, 16, 1, i8k_winograd_windows__neon, i8k_winograd_q16_4x16c1__neon)
#endif
