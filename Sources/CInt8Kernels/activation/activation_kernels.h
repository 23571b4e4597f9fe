// The activation kernels: I8K(operation, arguments, set, nr, name).
I8K(activation, activation, scalar, 1, i8k_activation_s16__scalar)
#if defined(__x86_64__)
I8K(activation, activation, avx2, 16, i8k_activation_s16__avx2)
I8K(activation, activation, avx512vnni, 32, i8k_activation_s16__avx512vnni)
#endif
#if defined(__aarch64__)
I8K(activation, activation, neon, 8, i8k_activation_s16__neon)
I8K(activation, activation, neondot, 8, i8k_activation_s16__neondot)
#endif
