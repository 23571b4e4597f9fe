#!/usr/bin/env python3
"""The embeddings of sample photos, from the file to the unit vector, as three frameworks' users compute them.

Usage: make_goldens.py torch | keras | manifest   The first with Debian's python3-torch and python3-torchvision, the second with
tensorflow-cpu and Pillow from PyPI. Weights are seeded (../torch/seeded.py, ../keras/kerasseed.py), photos those of Samples.
"""
import hashlib
import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).parent
SAMPLES = HERE.parents[2] / "Samples/evaluation"
PHOTOS = [SAMPLES / name for name in ("castle-keep.jpg", "coffee.jpg", "coins.png")]


def save(name, rows):
    rows = np.asarray(rows, np.float64)
    np.save(HERE / f"{name}.npy", (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32))


def with_torch():
    """resnet50, fc = Identity, Resize((224, 224)), ImageNet normalization."""
    import torch
    import torchvision
    from PIL import Image
    from torchvision import transforms

    sys.path.insert(0, str(HERE.parent / "torch"))
    import seeded

    model = torchvision.models.resnet50(num_classes=10).eval()
    for name, tensor in model.state_dict().items():
        if tensor.dtype == torch.float32:
            tensor.copy_(torch.from_numpy(seeded.tensor(name, tuple(tensor.shape))))
    model.fc = torch.nn.Identity()
    prepare = transforms.Compose([
        transforms.Resize((224, 224)), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    with torch.no_grad():
        save("torchvision-identity",
             [model(prepare(Image.open(photo).convert("RGB"))[None])[0].numpy() for photo in PHOTOS])


def with_keras():
    """ResNet50(include_top=False, pooling="avg"), preprocess_input; and with Dense(128, activation="relu")."""
    sys.path.insert(0, str(HERE.parent / "keras"))
    import keras
    from make_goldens import fill

    body = keras.applications.ResNet50(weights=None, include_top=False, pooling="avg", input_shape=(224, 224, 3))
    head = keras.Sequential([keras.Input((224, 224, 3)), body, keras.layers.Dense(128, activation="relu", name="embed")])
    fill(head)
    pixels = np.stack([
        np.asarray(keras.utils.load_img(photo, target_size=(224, 224)), np.float32) for photo in PHOTOS])
    batch = keras.applications.resnet.preprocess_input(pixels)
    save("keras-pooled", np.concatenate([np.asarray(body(image[None], training=False)) for image in batch]))
    save("keras-head", np.concatenate([np.asarray(head(image[None], training=False)) for image in batch]))


def write_manifest():
    lines = ["# Made by make_goldens.py: torch 1.13 and torchvision 0.14 of Debian 12, Keras 3 with tensorflow-cpu of PyPI."]
    for file in sorted(HERE.glob("*.npy")):
        lines.append(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")
    (HERE / "MANIFEST").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    {"torch": with_torch, "keras": with_keras, "manifest": write_manifest}[sys.argv[1]]()
