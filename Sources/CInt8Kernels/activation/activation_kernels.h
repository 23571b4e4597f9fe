// The activation kernels: I8K(operation, arguments, set, nr, name).
I8K(activation, activation, scalar, 1, i8k_activation_s16__scalar)
