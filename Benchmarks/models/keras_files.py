#!/usr/bin/env python3
"""Writes seeded Keras applications in every container into FOLDER, with what Keras itself computes on photos.

Usage: keras_files.py FOLDER PHOTO…   With KERAS_NETWORKS=NAME,NAME in the environment only these. Needs tensorflow-cpu, tf_keras and Pillow from PyPI.
Photos are read by load_img(target_size=…) and prepared by the application's own preprocess_input.
"""
import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras  # noqa: E402
import numpy as np  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Tests/Goldens/keras"))
from make_goldens import fill  # noqa: E402

# Name, module of keras.applications, side.
NETWORKS = [
    ("ResNet50", "resnet", 224), ("ResNet101", "resnet", 224), ("ResNet50V2", "resnet_v2", 224),
    ("EfficientNetB0", "efficientnet", 224), ("EfficientNetB1", "efficientnet", 240),
    ("EfficientNetV2B0", "efficientnet_v2", 224), ("InceptionV3", "inception_v3", 299),
    ("MobileNet", "mobilenet", 224), ("MobileNetV2", "mobilenet_v2", 224), ("MobileNetV3Small", "mobilenet_v3", 224),
    ("MobileNetV3Large", "mobilenet_v3", 224), ("DenseNet121", "densenet", 224), ("Xception", "xception", 299),
]


def prepared(photos, module, side):
    load = keras.utils.load_img
    pixels = np.stack([np.asarray(load(photo, target_size=(side, side)), np.float32) for photo in photos])
    return getattr(keras.applications, module).preprocess_input(pixels)


def case(name, suffix, form, family, options=()):
    return {"id": name + suffix, "family": family, "format": form, "file": name + suffix, "expected": f"{name}.npy",
            "options": list(options)}


def seed(model, name):
    """Seeded weights, with what an EfficientNet made without the published weights has in its input's normalization.

    EfficientNetV2's normalizations are toned down: with factors near 1 its Float result is noise, in Keras too.
    """
    fill(model)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization) and len(layer.variables) > 1:
            mean, variance = layer.variables[0], layer.variables[1]
            mean.assign(np.zeros(mean.shape))
            variance.assign(np.ones(variance.shape))
            layer.finalize_state()
        if name.startswith("EfficientNetV2") and isinstance(layer, keras.layers.BatchNormalization):
            layer.gamma.assign(np.asarray(layer.gamma) * np.float32(0.75))


def run(model, batch):
    return np.concatenate([np.asarray(model(image[None], training=False)) for image in batch])


def with_head(folder, photos):
    """ResNet50 with Dense(128, relu), the body nested as people do it."""
    body = keras.applications.ResNet50(weights=None, include_top=False, pooling="avg", input_shape=(224, 224, 3))
    model = keras.Sequential([keras.Input((224, 224, 3)), body, keras.layers.Dense(128, activation="relu")])
    fill(model)
    name = "ResNet50-Dense128"
    np.save(folder / f"{name}.npy", run(model, prepared(photos, "resnet", 224)))
    cases = []
    for suffix, form in ((".keras", ".keras"), (".h5", ".h5, whole model")):
        model.save(folder / (name + suffix))
        cases.append(case(name, suffix, form, "Keras ResNet50 + Dense(128)"))
    return cases


def main(folder, photos):
    folder.mkdir(parents=True, exist_ok=True)
    wanted = os.environ.get("KERAS_NETWORKS", "").split(",")
    cases = with_head(folder, photos) if wanted == [""] else []
    for name, module, side in NETWORKS:
        if wanted != [""] and name not in wanted:
            continue
        keras.backend.clear_session()
        model = getattr(keras.applications, name)(
            weights=None, include_top=False, pooling="avg", input_shape=(side, side, 3))
        seed(model, name)
        np.save(folder / f"{name}.npy", run(model, prepared(photos, module, side)))
        model.save(folder / f"{name}.keras")
        model.save_weights(folder / f"{name}.weights.h5")
        model.save(folder / f"{name}.h5")
        write_legacy_weights(model, folder / f"{name}_notop.h5")
        family = f"Keras {name}"
        cases += [case(name, ".keras", ".keras", family), case(name, ".h5", ".h5, whole model", family),
                  case(name, ".weights.h5", ".weights.h5", family), case(name, "_notop.h5", ".h5, weights", family)]
        print(name, flush=True)
    (folder / "keras.json").write_text(json.dumps(cases, indent=1))


def write_legacy_weights(model, path):
    """The files of keras.applications: the model_weights group of a whole model, as the root."""
    import h5py

    whole = path.with_suffix(".whole.h5")
    model.save(whole)
    with h5py.File(whole) as source, h5py.File(path, "w") as target:
        group = source["model_weights"]
        for key, value in group.attrs.items():
            target.attrs[key] = value
        for key in group:
            group.copy(key, target)
    whole.unlink()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
