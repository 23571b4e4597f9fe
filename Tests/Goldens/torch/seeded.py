"""Numbers that Tests/TestSupport/SeededState.swift makes too: weights and pictures from a name.

SplitMix64 seeded with the FNV-1a hash of the name; unit() = (next >> 40) * 2**-24, as in SeededGenerator.swift.
"""
import numpy as np

GAMMA = np.uint64(0x9E3779B97F4A7C15)


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return np.uint64(value)


def words(name, count):
    with np.errstate(over="ignore"):
        z = fnv1a(name) + np.arange(1, count + 1, dtype=np.uint64) * GAMMA
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def units(name, count):
    return (words(name, count) >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)


def tensor(name, shape):
    """Uniform He weights; normalizations near the identity, so that activations keep their size."""
    unit = units(name, int(np.prod(shape)))
    if len(shape) > 1:
        bound = np.float32(np.sqrt(6.0 / np.prod(shape[1:])))
        values = (unit * np.float32(2) - np.float32(1)) * bound
    elif name.endswith(".running_var"):
        values = unit + np.float32(0.5)
    elif name.endswith(".weight"):
        values = unit * np.float32(0.5) + np.float32(0.75)
    else:
        values = (unit - np.float32(0.5)) * np.float32(0.25)
    return values.reshape(shape)


def picture(height, width):
    """UInt8 [height][width][3]: a coarse pattern of 25-pixel squares under a quarter of noise."""
    name = f"picture {height}x{width}"
    rows, columns = -(-height // 25), -(-width // 25)
    coarse = (words(name + " coarse", rows * columns * 3) >> np.uint64(56)).astype(np.int64)
    fine = (words(name, height * width * 3) >> np.uint64(56)).astype(np.int64)
    coarse = coarse.reshape(rows, columns, 3)
    y, x = np.arange(height) // 25, np.arange(width) // 25
    return ((coarse[y][:, x] * 3 + fine.reshape(height, width, 3)) >> 2).astype(np.uint8)


def network_input(height, width):
    """float32 [1][3][height][width]: the picture with torchvision's mean and deviation."""
    mean = np.array([0.485, 0.456, 0.406], np.float32)
    deviation = np.array([0.229, 0.224, 0.225], np.float32)
    values = (picture(height, width).astype(np.float32) / np.float32(255) - mean) / deviation
    return values.transpose(2, 0, 1)[None].copy()
