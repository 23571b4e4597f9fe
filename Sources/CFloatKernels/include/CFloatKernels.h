#ifndef C_FLOAT_KERNELS_H
#define C_FLOAT_KERNELS_H
#endif
