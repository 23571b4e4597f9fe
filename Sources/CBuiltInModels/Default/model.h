// Written by scripts/make-default-model beside model.edge.safetensors. Without the definitions the program has no
// built-in model.
#define BIM_DEFAULT_SHA256 "9a838c0452f7887007e3877a528e510108244c9cf3812e4d70e164ae028b8fa2"
#define BIM_DEFAULT_OUTPUTS_SHA256 "f73f8d58c9c6f37861d235ed95b59859cdb9507698cbe0525444125335e40c62"
#define BIM_DEFAULT_SAMPLES_SHA256 "d1a3b77cd7846d3fe727a20ce95dcfc907fcd03856faf20ca219e73c6b7baa7a"
