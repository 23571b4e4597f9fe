// Written by scripts/make-default-model beside model.edge.safetensors. Without the definitions the program has no
// built-in model.
