#include "include/CBuiltInModels.h"

// Included for the build system too, which does not see what the assembler reads: with another model the header is
// another one, and this file is compiled again.
#include "Default/model.h"

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

#ifdef BIM_DEFAULT_SHA256

MODEL(bim_default, "../Default/model.edge.safetensors")

const void *bim_default_model(size_t *byteCount) {
  *byteCount = (size_t)(bim_default_end - bim_default);
  return bim_default;
}

const char *bim_default_sha256(void) { return BIM_DEFAULT_SHA256; }
const char *bim_default_outputs_sha256(void) { return BIM_DEFAULT_OUTPUTS_SHA256; }
const char *bim_default_samples_sha256(void) { return BIM_DEFAULT_SAMPLES_SHA256; }

#else

const void *bim_default_model(size_t *byteCount) {
  *byteCount = 0;
  return 0;
}

const char *bim_default_sha256(void) { return ""; }
const char *bim_default_outputs_sha256(void) { return ""; }
const char *bim_default_samples_sha256(void) { return ""; }

#endif
