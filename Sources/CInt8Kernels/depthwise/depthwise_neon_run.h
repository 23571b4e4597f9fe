// Which loops a depthwise convolution of the ARM sets takes. After depthwise_neon.h and the file's own
//
//   run_size(arguments, numbers, isStrip, extras, rowBytes3, rowBytes5)   3×3 or 5×5, on whole panels
#ifndef I8K_DEPTHWISE_NEON_RUN_H
#define I8K_DEPTHWISE_NEON_RUN_H

/// No depthwise convolution of the known networks has a residual.
I8K_INLINE void run(const i8k_convolution_arguments *arguments, const bool isStrip) {
  const i8k_convolution_arguments copy = *arguments, *t = &copy;
  const i8k_numbers16 n = i8k_numbers16_of(t);
  const size_t rowBytes3 = i8k_kernel_row_bytes(t, 3), rowBytes5 = i8k_kernel_row_bytes(t, 5);
  const i8k_extras e = n.extras;
  if (t->nr < NR || e.hasResidual || (rowBytes3 == 0 && rowBytes5 == 0))
    i8k_run_any_taps(t, &n, isStrip);
  else if (isStrip && !e.fits)
    run_size(t, &n, true, i8k_no_extras, rowBytes3, rowBytes5);
  else if (!isStrip && (!e.fits || e.clamps || e.hasNegative))
    run_size(t, &n, false, (i8k_extras){.clamps = true, .hasNegative = e.hasNegative}, rowBytes3, rowBytes5);
  else if (isStrip || !e.isFromLowest)
    run_size(t, &n, isStrip, (i8k_extras){.fits = true}, rowBytes3, rowBytes5);
  else
    run_size(t, &n, isStrip, (i8k_extras){.fits = true, .isFromLowest = true}, rowBytes3, rowBytes5);
}

#endif
