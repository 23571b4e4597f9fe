#include "include/CBuiltInModels.h"

#define MODEL(name, file)                                   \
  __asm__(                                                  \
      ".pushsection .rodata\n"                              \
      ".balign 64\n"                                        \
      ".hidden " #name "\n" #name ":\n"                     \
      ".incbin \"" file "\"\n"                              \
      ".hidden " #name "_end\n" #name "_end:\n"             \
      ".popsection\n");                                     \
  /* hidden: addressed directly, without a table of addresses */ \
  extern const char name[] __attribute__((visibility("hidden"))), \
      name##_end[] __attribute__((visibility("hidden")));

MODEL(bim_tiny, "tiny.edge.safetensors")

const void *bim_selftest_model(size_t *byteCount) {
  *byteCount = (size_t)(bim_tiny_end - bim_tiny);
  return bim_tiny;
}
