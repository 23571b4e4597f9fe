"""Makes the pictures of this folder and what Pillow and torchvision make of them.

Run with Debian's interpreter, whose Pillow uses the same libjpeg-turbo as the decoder:
    /usr/bin/python3 Tests/Goldens/images/generate.py
"""
import ctypes
import ctypes.util
import hashlib
import io
import json
import pathlib
import random
import struct
import sys
import warnings
import zlib

import numpy as np
import PIL
import torchvision
import torchvision.transforms.functional as functional
from PIL import Image, ImageOps, features

HERE = pathlib.Path(__file__).resolve().parent
PICTURES = HERE / "pictures"
FILTERS = {
    "nearest": Image.NEAREST, "box": Image.BOX, "bilinear": Image.BILINEAR,
    "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS,
}
MODES = {
    "nearest": functional.InterpolationMode.NEAREST, "box": functional.InterpolationMode.BOX,
    "bilinear": functional.InterpolationMode.BILINEAR, "bicubic": functional.InterpolationMode.BICUBIC,
    "lanczos": functional.InterpolationMode.LANCZOS,
}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def noise(height, width, seed):
    """SplitMix64's low bytes, as Tests/TestSupport/SeededGenerator.swift gives them."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.uint64(0x9E3779B97F4A7C15) * np.arange(1, height * width * 3 + 1, dtype=np.uint64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return Image.fromarray((z & np.uint64(255)).astype(np.uint8).reshape(height, width, 3))


def photo(height, width):
    """Smooth shapes, an edge and some noise: every part of a JPEG coder has something to do."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    red = 127 + 120 * np.sin(x / 5) * np.cos(y / 7)
    green = 255 * x / width
    blue = np.where((x - width / 2) ** 2 + (y - height / 3) ** 2 < (height / 4) ** 2, 220, 255 * y / height)
    picture = np.stack([red, green, blue], -1) + np.asarray(noise(height, width, 7)).astype(float) / 8 - 16
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


# JPEG

def turbojpeg_cmyk(picture, subsampling):
    """A YCCK file: libjpeg-turbo's own way to store CMYK samples."""
    library = ctypes.CDLL("libturbojpeg.so.0")
    library.tjInitCompress.restype = ctypes.c_void_p
    samples = np.ascontiguousarray(np.asarray(picture))
    height, width, _ = samples.shape
    out, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong(0)
    status = library.tjCompress2(
        ctypes.c_void_p(library.tjInitCompress()), samples.ctypes.data_as(ctypes.c_void_p), width, 0, height, 11,
        ctypes.byref(out), ctypes.byref(size), subsampling, 85, 4096)
    assert status == 0
    return ctypes.string_at(out, size.value)


def jpeg(picture, **options):
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def exif(orientation, little=True):
    order = "<" if little else ">"
    entries = [(0x010F, 2, 4, b"abc\0"), (0x0112, 3, 1, struct.pack(order + "HH", orientation, 0))]
    body = struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack(order + "HHI", tag, kind, count) + value
    return b"Exif\0\0" + (b"II" if little else b"MM") + struct.pack(order + "HI", 42, 8) + body + b"\0\0\0\0"


def jpegs():
    color = photo(37, 53)
    gray = color.convert("L")
    cmyk = Image.merge("CMYK", [*color.split(), photo(53, 37).transpose(Image.ROTATE_90).getchannel(0)])
    yield "gray.jpg", jpeg(gray, quality=85)
    for name, subsampling in [("444", 0), ("422", 1), ("420", 2)]:
        yield f"color-{name}.jpg", jpeg(color, quality=85, subsampling=subsampling)
    yield "progressive.jpg", jpeg(color, quality=70, progressive=True)
    yield "progressive-gray.jpg", jpeg(gray, quality=70, progressive=True)
    yield "optimized.jpg", jpeg(color, quality=30, optimize=True)
    yield "cmyk.jpg", jpeg(cmyk, quality=85)
    yield "ycck.jpg", turbojpeg_cmyk(cmyk, 0)
    yield "ycck-420.jpg", turbojpeg_cmyk(cmyk, 2)
    # The same samples without the marker that says Adobe: Pillow takes them as inverted all the same.
    data = jpeg(cmyk, quality=85)
    start = data.index(b"\xff\xee")
    yield "cmyk-unmarked.jpg", data[:start] + data[start + 2 + struct.unpack(">H", data[start + 2:start + 4])[0]:]
    yield "rgb-stored.jpg", adobe_rgb(color)
    yield "one-pixel.jpg", jpeg(color.crop((9, 9, 10, 10)))
    yield "padded-end.jpg", jpeg(gray, quality=85)[:-2] + b"\0\0\xff\xd9"
    small = color.crop((0, 0, 24, 17))
    for orientation in range(1, 9):
        yield f"orientation-{orientation}.jpg", jpeg(small, quality=80, exif=exif(orientation, orientation % 2 == 0))


def adobe_rgb(picture):
    """RGB stored without a colour transform, as the Adobe marker says."""
    data = jpeg(picture, quality=85, subsampling=0)
    marker = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
    start = 2 + 2 + struct.unpack(">H", data[4:6])[0]
    return data[:2] + marker + data[start:]


# PNG

def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def scanlines(samples, depth):
    """Rows of [width][channels] samples, packed, with filter types that take turns."""
    out = b""
    for index, row in enumerate(samples):
        flat = row.reshape(-1)
        if depth == 16:
            packed = flat.astype(">u2").tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in flat)
            bits += "0" * (-len(bits) % 8)
            packed = int(bits, 2).to_bytes(len(bits) // 8, "big")
        if index % 2:
            unit = max(1, depth * row.shape[-1] // 8)
            before = bytes(unit) + packed
            out += b"\1" + bytes((a - b) & 255 for a, b in zip(packed, before))
        else:
            out += b"\0" + packed
    return out


def png(samples, depth, color_type, palette=None, transparency=None, interlaced=False, extra=b""):
    samples = samples if samples.ndim == 3 else samples[:, :, None]
    height, width, _ = samples.shape
    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        parts = [samples[y::dy, x::dx] for y, x, dy, dx in passes]
        raw = b"".join(scanlines(part, depth) for part in parts if part.size)
    else:
        raw = scanlines(samples, depth)
    data = b"\x89PNG\r\n\x1a\n"
    data += chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, int(interlaced)))
    data += extra
    if palette is not None:
        data += chunk(b"PLTE", bytes(palette))
    if transparency is not None:
        data += chunk(b"tRNS", transparency)
    compressed = zlib.compress(raw, 9)
    half = len(compressed) // 2
    return data + chunk(b"IDAT", compressed[:half]) + chunk(b"IDAT", compressed[half:]) + chunk(b"IEND", b"")


def pngs():
    color = np.asarray(photo(19, 27))
    alpha = np.asarray(noise(19, 27, 3))[:, :, :1]
    wide = color.astype(np.uint16) * 256 + np.asarray(noise(19, 27, 4))
    for depth in (1, 2, 4, 8):
        gray = color[:, :, 0] >> (8 - depth)
        yield f"gray-{depth}.png", png(gray, depth, 0)
        yield f"gray-{depth}-interlaced.png", png(gray, depth, 0, interlaced=True)
        palette = np.asarray(noise(1, 1 << depth, 5)).tobytes()
        yield f"palette-{depth}.png", png(gray, depth, 3, palette)
        some = bytes(range(0, 250, 250 // (1 << depth) + 1))[:1 << depth]
        yield f"palette-{depth}-transparent-interlaced.png", png(gray, depth, 3, palette, some, interlaced=True)
    yield "palette-key.png", png(color[:, :, 0] >> 4, 4, 3, np.asarray(noise(1, 16, 5)).tobytes(), b"\xff\xff\0")
    yield "gray-key.png", png(color[:, :, 0] >> 4, 4, 0, transparency=struct.pack(">H", int(color[3, 3, 0] >> 4)))
    yield "gray-alpha.png", png(np.dstack([color[:, :, 1], alpha]), 8, 4)
    yield "rgb.png", png(color, 8, 2)
    yield "rgb-interlaced.png", png(color, 8, 2, interlaced=True)
    yield "rgb-key.png", png(color, 8, 2, transparency=struct.pack(">HHH", *map(int, color[5, 5])))
    yield "rgba.png", png(np.dstack([color, alpha]), 8, 6)
    yield "rgba-interlaced.png", png(np.dstack([color, alpha]), 8, 6, interlaced=True)
    yield "gray-16.png", png(wide[:, :, 0], 16, 0)
    yield "gray-16-interlaced.png", png(wide[:, :, 0], 16, 0, interlaced=True)
    yield "gray-alpha-16.png", png(np.dstack([wide[:, :, 0], alpha.astype(np.uint16) * 257]), 16, 4)
    yield "rgb-16.png", png(wide, 16, 2)
    yield "rgb-16-interlaced.png", png(wide, 16, 2, interlaced=True)
    yield "rgba-16.png", png(np.dstack([wide, alpha.astype(np.uint16) * 257]), 16, 6)
    yield "one-pixel.png", png(color[:1, :1], 8, 2)
    yield "one-pixel-interlaced.png", png(color[:1, :1], 8, 2, interlaced=True)
    gamma = chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"tEXt", b"Comment\0nothing")
    yield "rgb-gamma.png", png(color, 8, 2, extra=gamma)
    for orientation in range(1, 9):
        tag = chunk(b"eXIf", exif(orientation)[6:])
        yield f"orientation-{orientation}.png", png(color[:9, :14], 8, 2, extra=tag)


def to_rgb(picture):
    """Pillow's convert("RGB"), but for 16-bit gray, of which the high byte is kept."""
    if picture.mode == "I":
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return picture.convert("RGB")


def on_background(picture, color):
    rgba = picture.convert("RGBA")
    base = Image.new("RGB", picture.size, color)
    base.paste(rgba.convert("RGB"), mask=rgba.getchannel("A"))
    return base


def gray_key_on_background(picture, color):
    """Pillow compares the key of a 4-bit gray picture with samples already widened to 8 bits; here is what is meant."""
    samples = np.asarray(picture).copy()
    samples[samples[:, :, 0] == samples[3, 3, 0]] = color
    return samples.tobytes()


def decoded():
    background = (200, 30, 90)
    for name, data in [*jpegs(), *pngs()]:
        (PICTURES / name).write_bytes(data)
        picture = Image.open(io.BytesIO(data))
        picture.load()
        rgb = to_rgb(picture)
        entry = {"file": name, "height": rgb.height, "width": rgb.width, "stored": sha256(rgb.tobytes())}
        entry["turned"] = sha256(to_rgb(ImageOps.exif_transpose(picture)).tobytes())
        if name == "gray-key.png":
            entry["composited"] = sha256(gray_key_on_background(rgb, background))
        elif picture.mode != "I" and picture.mode != "CMYK":
            entry["composited"] = sha256(on_background(picture, background).tobytes())
        yield entry


# Resizing and cropping

def resized():
    chooser = random.Random(20)
    sides = [1, 2, 3, 4, 5, 7, 8, 13, 16, 31, 32, 50, 64, 99, 100, 127, 224, 257, 300]
    shapes = [(1, 1, 1, 1), (1, 1, 9, 7), (9, 7, 1, 1), (64, 48, 64, 31), (64, 48, 20, 48), (100, 100, 100, 100),
              (300, 400, 224, 224), (1, 500, 1, 7), (500, 1, 7, 1), (31, 33, 224, 224), (480, 640, 256, 341)]
    shapes += [tuple(chooser.choice(sides) for _ in range(4)) for _ in range(150)]
    for seed, (height, width, new_height, new_width) in enumerate(shapes):
        picture = noise(height, width, seed)
        digests = {
            name: sha256(picture.resize((new_width, new_height), kind).tobytes())[:16]
            for name, kind in FILTERS.items()
        }
        yield {"seed": seed, "from": [height, width], "to": [new_height, new_width], "sha256": digests}


def prepared():
    chooser = random.Random(21)
    shapes = [(1, 1), (1, 50), (50, 1), (224, 224), (256, 256), (375, 500), (500, 375), (333, 500), (97, 101)]
    shapes += [(chooser.randint(2, 300), chooser.randint(2, 300)) for _ in range(30)]
    for seed, (height, width) in enumerate(shapes):
        picture = noise(height, width, seed)
        side, crop = chooser.randint(1, 130), (chooser.randint(1, 130), chooser.randint(1, 130))
        name = chooser.choice(list(FILTERS))
        cut = functional.center_crop(functional.resize(picture, [side], MODES[name]), list(crop))
        only = functional.center_crop(picture, list(crop))
        square = chooser.randint(1, 130)
        fraction = np.float32(square) / np.float32(square + 32)
        taken = max(1, int(fraction * np.float32(min(height, width))))
        top, left = (height - taken + 1) // 2, (width - taken + 1) // 2
        centre = picture.crop((left, top, left + taken, top + taken)).resize((square, square), FILTERS[name])
        yield {
            "seed": seed, "from": [height, width], "side": side, "crop": list(crop), "filter": name,
            "short_side": sha256(cut.tobytes()), "cropped": sha256(only.tobytes()),
            "square": square, "centre_fraction": sha256(centre.tobytes()),
        }


def write(name, entries):
    text = "[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n"
    (HERE / name).write_text(text)


PICTURES.mkdir(exist_ok=True)
write("decoded.json", decoded())
write("resized.json", resized())
write("prepared.json", prepared())
files = sorted(path for path in HERE.rglob("*") if path.suffix in (".json", ".jpg", ".png"))
with open(HERE / "MANIFEST", "w") as manifest:
    manifest.write(f"generator: Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}, ")
    manifest.write(f"zlib {features.version('zlib')}, torchvision {torchvision.__version__}, numpy {np.__version__}, ")
    manifest.write(f"Python {sys.version.split()[0]}\n")
    manifest.write("command: /usr/bin/python3 Tests/Goldens/images/generate.py\n")
    for path in files:
        manifest.write(f"{sha256(path.read_bytes())}  {path.relative_to(HERE)}\n")
