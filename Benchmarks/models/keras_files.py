#!/usr/bin/env python3
"""Writes one seeded Keras application in every container into FOLDER, with what Keras itself computes on photos.

Usage: keras_files.py                                 the names, one a line
       keras_files.py FOLDER NAME CALIBRATION PHOTO…  Needs tensorflow-cpu, tf_keras and Pillow from PyPI.
Photos are read by load_img(target_size=…) and prepared by the application's own preprocess_input.
FOLDER/NAME.keras, .h5, .weights.h5, NAME_notop.h5, NAME.npy with one embedding a photo, and NAME.json.
"""
import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

# Name: module of keras.applications, side.
NETWORKS = {
    "ResNet50-Dense128": ("resnet", 224),
    **{f"ResNet{depth}": ("resnet", 224) for depth in (50, 101, 152)},
    **{f"ResNet{depth}V2": ("resnet_v2", 224) for depth in (50, 101, 152)},
    "InceptionV3": ("inception_v3", 299), "Xception": ("xception", 299),
    **{f"DenseNet{depth}": ("densenet", 224) for depth in (121, 169, 201)},
    "MobileNet": ("mobilenet", 224), "MobileNetV2": ("mobilenet_v2", 224),
    "MobileNetV3Small": ("mobilenet_v3", 224), "MobileNetV3Large": ("mobilenet_v3", 224),
    **{f"EfficientNetB{number}": ("efficientnet", side)
       for number, side in enumerate((224, 240, 260, 300, 380, 456, 528, 600))},
    **{f"EfficientNetV2{variant}": ("efficientnet_v2", side) for variant, side in (
        ("B0", 224), ("B1", 240), ("B2", 260), ("B3", 300), ("S", 384), ("M", 480), ("L", 480))},
}


def prepared(photos, module, side):
    load = keras.utils.load_img
    pixels = np.stack([np.asarray(load(photo, target_size=(side, side)), np.float32) for photo in photos])
    return getattr(keras.applications, module).preprocess_input(pixels)


def made(name, side):
    arguments = dict(weights=None, include_top=False, pooling="avg", input_shape=(side, side, 3))
    if name != "ResNet50-Dense128":
        return getattr(keras.applications, name)(**arguments)
    # The body nested, as people do it.
    body = keras.applications.ResNet50(**arguments)
    return keras.Sequential([keras.Input((side, side, 3)), body, keras.layers.Dense(128, activation="relu")])


def joined_and_linear(layers):
    """The normalizations whose output is added to a block's input, and the others that no activation follows."""
    def isa(layer, *names):
        return type(layer).__name__ in names

    def inputs(layer):
        tensors = layer.input if isinstance(layer.input, list) else [layer.input]
        return [tensor._keras_history.operation for tensor in tensors]

    heights = {}

    def height(layer):
        """How many layers there are at most from the input to this one."""
        if layer not in heights:
            heights[layer] = 0 if isa(layer, "InputLayer") else 1 + max(map(height, inputs(layer)))
        return heights[layer]

    def source(layer):
        return source(inputs(layer)[0]) if isa(layer, "Dropout", "MaxPooling2D") else layer

    def targets(layer):
        for node in layer._outbound_nodes:
            passes = isa(node.operation, "Dropout", "MaxPooling2D")
            yield from targets(node.operation) if passes else (node.operation,)

    # The branch is the longer way to an addition.
    branches = [source(max(inputs(layer), key=height)) for layer in layers if isa(layer, "Add")]
    joined = {layer for layer in branches if isa(layer, "BatchNormalization")}
    linear = {layer for layer in layers if isa(layer, "BatchNormalization")
              and all(isa(target, "Conv2D", "SeparableConv2D", "Add") for target in targets(layer))}
    return joined, linear - joined


def seed(model, batch):
    """Seeded weights, with normalizations as training leaves them.

    Their statistics are those of a batch of photos. As in trained networks a branch is weaker than what it is added to,
    and what an activation gets is off centre: factors around 1/3, offsets up to ±1.
    The input's normalization is that of an EfficientNet made without the published weights.
    """
    fill(model)
    layers = list(model._flatten_layers(include_self=False))
    joined, linear = joined_and_linear(layers)
    normalizations, dropouts = [], []
    for layer in layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            if layer in joined:
                layer.gamma.assign(layer.gamma / 3)
            elif layer not in linear:
                layer.beta.assign(layer.beta * 8)
            normalizations.append((layer, layer.momentum))
            layer.momentum = 0
        elif isinstance(layer, keras.layers.Dropout):
            dropouts.append((layer, layer.rate))
            layer.rate = 0
        elif isinstance(layer, keras.layers.Normalization) and len(layer.variables) > 1:
            mean, variance = layer.variables[0], layer.variables[1]
            mean.assign(np.zeros(mean.shape))
            variance.assign(np.ones(variance.shape))
            layer.finalize_state()
    model(batch, training=True)
    for layer, momentum in normalizations:
        layer.momentum = momentum
    for layer, rate in dropouts:
        layer.rate = rate


def run(model, batch):
    return np.concatenate([np.asarray(model(image[None], training=False)) for image in batch])


def save(model, folder, name):
    model.save(folder / f"{name}.keras")
    model.save(folder / f"{name}.h5")
    forms = [(".keras", ".keras"), (".h5", ".h5, whole model")]
    if name == "ResNet50-Dense128":
        family = "Keras ResNet50 + Dense(128)"
    else:
        family = f"Keras {name}"
        model.save_weights(folder / f"{name}.weights.h5")
        write_legacy_weights(folder / f"{name}.h5", folder / f"{name}_notop.h5")
        forms += [(".weights.h5", ".weights.h5"), ("_notop.h5", ".h5, weights")]
    return [{"family": family, "format": form, "file": name + suffix, "options": []} for suffix, form in forms]


def write_legacy_weights(whole, path):
    """The files of keras.applications: the model_weights group of a whole model, as the root."""
    with h5py.File(whole) as source, h5py.File(path, "w") as target:
        group = source["model_weights"]
        for key, value in group.attrs.items():
            target.attrs[key] = value
        for key in group:
            group.copy(key, target)


def sample(folder, side):
    """The photos of a folder; a few where pictures are large."""
    photos = sorted(str(path) for path in pathlib.Path(folder).iterdir())
    return photos if side < 380 else photos[::4]


def main(folder, name, calibration, photos):
    folder.mkdir(parents=True, exist_ok=True)
    module, side = NETWORKS[name]
    model = made(name, side)
    seed(model, prepared(sample(calibration, side), module, side))
    np.save(folder / f"{name}.npy", run(model, prepared(photos, module, side)))
    (folder / f"{name}.json").write_text(json.dumps(save(model, folder, name), indent=1))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(*NETWORKS, sep="\n")
    else:
        import h5py
        import keras
        import numpy as np

        sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Tests/Goldens/keras"))
        from make_goldens import fill

        sys.setrecursionlimit(10_000)
        main(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
