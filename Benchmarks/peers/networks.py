"""The networks that are compared, and how a photo becomes the input of each: the same bytes as `edge` prepares."""
import dataclasses
import os
import pathlib

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache/peers"
SIDE = 224


@dataclasses.dataclass(frozen=True)
class Network:
    """y = (x / scale − mean) / deviation of the 224×224 centre of a photo.

    short_side: torchvision's Resize, then CenterCrop; None for the EfficientNet repositories' centre of 87.5 %.
    relu: every activation is a ReLU or ReLU6, which decides how NNCF's documentation says to quantize.
    """

    name: str
    title: str
    weights: pathlib.Path
    filter: str
    short_side: int | None
    scale: float = 255
    mean: tuple = (0.485, 0.456, 0.406)
    deviation: tuple = (0.229, 0.224, 0.225)
    relu: bool = True

    @property
    def folder(self):
        return CACHE / self.name


def _given(variable, default):
    return pathlib.Path(os.environ.get(variable) or default)


def _shared(path):
    return pathlib.Path(os.environ.get("EDGE_SHARED", "/nonexistent")) / path


NETWORKS = [
    Network("lite0", "EfficientNet-Lite0", ROOT / ".cache/weights/efficientnet-lite0.pth", "BICUBIC", None,
            1, (127, 127, 127), (128, 128, 128)),
    Network("b0", "EfficientNet-B0", _given("EDGE_B0", _shared("weights/efficientnet-b0-trained.pth")), "BICUBIC", 256,
            relu=False),
    Network("resnet50", "ResNet-50", _given("EDGE_RESNET50", CACHE / "resnet50/seeded.pth"), "BILINEAR", 256),
]


def named(name):
    return next(network for network in NETWORKS if network.name == name)


def quantized():
    """The networks that `quantize` went through."""
    return [network for network in NETWORKS if (network.folder / "edge.safetensors").exists()]


def photos(folder):
    return sorted(path for path in pathlib.Path(folder).rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))


def pixels(network, path, draft=False):
    """uint8 [224][224][3]. draft: libjpeg scales the picture while decoding, as far as the resize still shrinks it."""
    from PIL import Image, ImageOps

    image = Image.open(path)
    if draft:
        image.draft("RGB", (2 * SIDE, 2 * SIDE))
    image = ImageOps.exif_transpose(image).convert("RGB")
    resample = getattr(Image.Resampling, network.filter)
    if network.short_side is None:
        return np.asarray(image.crop(_centre_fraction(image.size)).resize((SIDE, SIDE), resample))
    return np.asarray(_centre_crop(image.resize(_shrunk(image.size, network.short_side), resample)))


def normalized(network, pixels):
    """float32 [224][224][3]."""
    values = pixels.astype(np.float32) / np.float32(network.scale) - np.float32(network.mean)
    return values / np.float32(network.deviation)


def _shrunk(size, side):
    width, height = size
    return (side, side * height // width) if width <= height else (side * width // height, side)


def _centre_crop(image):
    left, top = (round((extent - SIDE) / 2) for extent in image.size)
    return image.crop((left, top, left + SIDE, top + SIDE))


def _centre_fraction(size):
    kept = int(np.float32(SIDE / (SIDE + 32)) * np.float32(min(size)))
    left, top = ((extent - kept + 1) // 2 for extent in size)
    return left, top, left + kept, top + kept
