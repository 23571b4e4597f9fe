// The convolution kernels: I8K(operation, set, mr, nr, kr, weightBytes, rowBytes, prepare, name).
I8K(conv_q8, scalar, 4, 8, 1, 1, 1, NULL, i8k_conv_q8_4x8c1__scalar)
I8K(conv_q16, scalar, 4, 8, 1, 1, 1, NULL, i8k_conv_q16_4x8c1__scalar)
