#include "CInt8Kernels.h"
