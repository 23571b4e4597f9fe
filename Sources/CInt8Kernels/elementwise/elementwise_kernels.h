// The element-wise kernels: I8K(operation, arguments, set, nr, name).
I8K(add, add, scalar, 1, i8k_add_s8__scalar)
I8K(gate, gate, scalar, 1, i8k_gate_s8__scalar)
#if defined(__x86_64__)
I8K(add, add, avx2, 16, i8k_add_s8__avx2)
I8K(gate, gate, avx2, 16, i8k_gate_s8__avx2)
I8K(add, add, avx512vnni, 32, i8k_add_s8__avx512vnni)
I8K(gate, gate, avx512vnni, 32, i8k_gate_s8__avx512vnni)
#endif
#if defined(__aarch64__)
I8K(add, add, neon, 8, i8k_add_s8__neon)
I8K(gate, gate, neon, 8, i8k_gate_s8__neon)
#endif
