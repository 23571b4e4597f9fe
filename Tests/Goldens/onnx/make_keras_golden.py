"""A Keras network as tf2onnx writes it: NHWC, transposes at both ends, SAME padding, Rescaling. Adds to cases.json.

Run after make_goldens.py, with tensorflow-cpu and tf2onnx from PyPI.
"""
import hashlib
import json
import os
import sys

import numpy as np
import tensorflow as tf
import tf2onnx

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "torch"))
import seeded  # noqa: E402

layers = tf.keras.layers
SIZE = (37, 41)


def network():
    x = inputs = layers.Input((*SIZE, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("swish")(x)
    y = layers.DepthwiseConv2D(5, strides=2, padding="same", use_bias=False)(x)
    y = layers.BatchNormalization()(y)
    y = layers.ReLU(6.0)(y)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(y)
    gate = layers.Conv2D(2, 1, activation="relu")(gate)
    gate = layers.Conv2D(8, 1, activation="sigmoid")(gate)
    y = layers.Multiply()([y, gate])
    z = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    z = layers.ZeroPadding2D(((0, 1), (1, 0)))(layers.Conv2D(8, 2)(z))
    y = layers.Concatenate()([layers.Add()([y, z]), layers.AveragePooling2D(3, strides=1, padding="same")(y)])
    y = layers.Conv2D(12, 1, activation="relu")(y)
    y = layers.GlobalAveragePooling2D()(y)
    y = layers.Dense(9, activation="relu", name="embedding")(layers.Dropout(0.2)(y))
    return tf.keras.Model(inputs, layers.Dense(5, activation="softmax", name="predictions")(y))


def main():
    model = network()
    for index, variable in enumerate(model.variables):
        suffix = "running_var" if "variance" in variable.name else "weight" if "gamma" in variable.name else "other"
        if variable.dtype == "float32":
            variable.assign(seeded.tensor(f"keras{index}.{suffix}", tuple(variable.shape)))
    x = seeded.picture(*SIZE).astype(np.float32)[None]
    embedding = tf.keras.Model(model.inputs, model.get_layer("embedding").output)
    np.save(os.path.join(HERE, "keras.npy"), model(x).numpy())
    np.save(os.path.join(HERE, "keras.embedding.npy"), embedding(x).numpy())
    function = tf.function(lambda image: model(image, training=False))
    signature = [tf.TensorSpec((None, *SIZE, 3), tf.float32, name="image")]
    exported, _ = tf2onnx.convert.from_function(function, signature, opset=15)
    exported.ClearField("metadata_props")
    with open(os.path.join(HERE, "keras.onnx"), "wb") as file:
        file.write(exported.SerializeToString())
    with open(os.path.join(HERE, "cases.json")) as file:
        cases = [case for case in json.load(file) if case["id"] != "keras"]
    cases.append(dict(id="keras", height=SIZE[0], width=SIZE[1], embedding=True, softmax=True))
    with open(os.path.join(HERE, "cases.json"), "w") as file:
        json.dump(cases, file, indent=1)
        file.write("\n")
    manifest()


def manifest():
    """Adds this script's versions and files to what make_goldens.py wrote."""
    path = os.path.join(HERE, "MANIFEST")
    with open(path) as file:
        lines = [line.rstrip("\n") for line in file]
    head = [line for line in lines if "  " not in line and "tensorflow" not in line]
    head.append(f"keras.*: make_keras_golden.py, tensorflow {tf.__version__} tf2onnx {tf2onnx.__version__}")
    for name in sorted(os.listdir(HERE)):
        if name != "MANIFEST" and os.path.isfile(os.path.join(HERE, name)):
            with open(os.path.join(HERE, name), "rb") as file:
                head.append(f"{hashlib.sha256(file.read()).hexdigest()}  {name}")
    with open(path, "w") as file:
        file.write("\n".join(head) + "\n")


if __name__ == "__main__":
    main()
