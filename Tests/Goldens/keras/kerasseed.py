"""Numbers that KerasSeed.swift makes too: variables from their names, pictures from their size."""
import os, sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../torch"))
from seeded import picture, units  # noqa: E402,F401

IMAGENET = {"normalization/mean": [0.485, 0.456, 0.406], "normalization/variance": [0.229, 0.224, 0.225]}


def tensor(name, shape):
    """Uniform He weights (kernels are HWIO, dense [input][output]); normalizations near the identity."""
    if name in IMAGENET:
        return np.array(IMAGENET[name], np.float32).reshape(shape)
    base = name.split("/")[-1]
    unit = units(name, int(np.prod(shape)))
    if base.endswith("kernel"):
        terms = shape[0] * shape[1] if base == "depthwise_kernel" else int(np.prod(shape[:-1]))
        values = (unit * np.float32(2) - np.float32(1)) * np.float32(np.sqrt(6.0 / terms))
    elif base in ("moving_variance", "variance"):
        values = unit + np.float32(0.5)
    elif base == "gamma":
        values = unit * np.float32(0.5) + np.float32(0.75)
    else:
        values = (unit - np.float32(0.5)) * np.float32(0.25)
    return values.reshape(shape)
