// The depthwise kernels: I8K(operation, set, nr, kr, weightBytes, name).
I8K(dw_q8, scalar, 8, 1, 1, i8k_dw_q8_1x8c1__scalar)
I8K(dw_q16, scalar, 8, 1, 1, i8k_dw_q16_1x8c1__scalar)
