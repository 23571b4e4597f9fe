// The element-wise kernels: I8K(operation, arguments, set, nr, name).
I8K(add, add, scalar, 1, i8k_add_s8__scalar)
I8K(gate, gate, scalar, 1, i8k_gate_s8__scalar)
