#ifndef C_INT8_KERNELS_H
#define C_INT8_KERNELS_H
#endif
