#!/usr/bin/env python3
"""Writes one seeded torchvision network as .pth and .onnx into FOLDER, with what torchvision itself computes on photos.

Usage: torch_files.py                                 the names, one a line
       torch_files.py FOLDER NAME CALIBRATION PHOTO…  Needs Debian's python3-torch and python3-torchvision.
FOLDER/NAME.pth, .onnx, NAME.npy with one embedding a photo, prepared by torchvision's own transforms, and NAME.json.
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torchvision.models as models
from PIL import Image
from torch import nn
from torchvision import transforms

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Tests/Goldens/torch"))
import seeded  # noqa: E402

IMAGENET, HALF = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), ([0.5] * 3, [0.5] * 3)
BILINEAR, BICUBIC = transforms.InterpolationMode.BILINEAR, transforms.InterpolationMode.BICUBIC

# Short side, crop, interpolation, mean and deviation.
USUAL = (256, 224, BILINEAR, IMAGENET)
# Name: classifier, preprocessing.
NETWORKS = {
    "resnet50-identity": ("fc", ((224, 224), 224, BILINEAR, IMAGENET)),
    **{name: ("fc", USUAL) for name in (
        "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d",
        "wide_resnet50_2", "wide_resnet101_2", "googlenet")},
    "inception_v3": ("fc", (342, 299, BILINEAR, IMAGENET)),
    **{name: ("classifier", USUAL) for name in ("densenet121", "densenet161", "densenet169", "densenet201")},
    **{name: ("classifier.1", USUAL) for name in ("mobilenet_v2", "mnasnet1_0")},
    **{name: ("classifier.3", USUAL) for name in ("mobilenet_v3_small", "mobilenet_v3_large")},
    **{f"efficientnet_b{number}": ("classifier.1", (side, crop, BICUBIC, IMAGENET)) for number, (side, crop) in enumerate(
        [(256, 224), (256, 240), (288, 288), (320, 300), (384, 380), (456, 456), (528, 528), (600, 600)])},
    "efficientnet_v2_s": ("classifier.1", (384, 384, BILINEAR, IMAGENET)),
    "efficientnet_v2_m": ("classifier.1", (480, 480, BILINEAR, IMAGENET)),
    "efficientnet_v2_l": ("classifier.1", (480, 480, BICUBIC, HALF)),
}


def made(name):
    if name in ("googlenet", "inception_v3"):
        return getattr(models, name)(transform_input=True, init_weights=False)
    return getattr(models, name.removesuffix("-identity"))()


def joined_and_linear(model):
    """The normalizations whose output is added to a block's input, and the others that no activation follows."""
    joined, linear = set(), set()
    for module in model.modules():
        kind = type(module).__name__
        if kind in ("BasicBlock", "Bottleneck"):
            joined.add(module.bn2 if kind == "BasicBlock" else module.bn3)
            linear |= {module.downsample[1]} if module.downsample else set()
        elif "InvertedResidual" in kind or "MBConv" in kind:
            last = [each for each in module.modules() if isinstance(each, nn.BatchNorm2d)][-1]
            adds = getattr(module, "use_res_connect", getattr(module, "apply_residual", False))
            (joined if adds else linear).add(last)
    return joined, linear


def fill(model, batch):
    """Seeded weights, with normalizations as training leaves them.

    Their statistics are those of a batch of photos. As in trained networks a branch is weaker than what it is added to,
    and what an activation gets is off centre: factors around 1/3, offsets up to ±1.
    """
    for name, tensor in model.state_dict().items():
        if tensor.dtype == torch.float32:
            tensor.copy_(torch.from_numpy(seeded.tensor(name, tuple(tensor.shape))))
    model.eval()
    joined, linear = joined_and_linear(model)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            if module in joined:
                module.weight.data /= 3
            elif module not in linear:
                module.bias.data *= 8
            module.reset_running_stats()
            module.momentum = None
            module.train()
    with torch.no_grad():
        model(batch)
    return model.eval()


def prepared(photos, side, crop, interpolation, normalization):
    steps = transforms.Compose([
        transforms.Resize(side, interpolation), transforms.CenterCrop(crop), transforms.ToTensor(),
        transforms.Normalize(*normalization)])
    return torch.stack([steps(Image.open(photo).convert("RGB")) for photo in photos])


def embeddings(model, classifier, batch):
    """What goes into the classifier."""
    seen = []
    module = dict(model.named_modules())[classifier]
    hook = module.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].numpy()))
    with torch.no_grad():
        for image in batch:
            model(image[None])
    hook.remove()
    return np.concatenate(seen)


def save_identity(model, folder, name):
    """fc = Identity, Resize((224, 224)), from a training checkpoint: how product and photo similarity is usually done."""
    model.fc = nn.Identity()
    torch.save({"epoch": 3, "model": model.state_dict(), "optimizer": {"state": {}, "param_groups": []}},
               folder / f"{name}.pth")
    return [{"family": "torchvision resnet50, fc = Identity", "format": ".pth, checkpoint", "file": f"{name}.pth",
             "options": ["--preset", "torchvision-squash"]}]


def save(model, folder, name, side, crop, interpolation, normalization):
    torch.save(model.state_dict(), folder / f"{name}.pth")
    torch.onnx.export(model, torch.zeros(1, 3, crop, crop), str(folder / f"{name}.onnx"), opset_version=13)
    onnx = ["--resize", str(side), "--filter", {BILINEAR: "bilinear", BICUBIC: "bicubic"}[interpolation]]
    if normalization is HALF:
        onnx += ["--mean", "0.5,0.5,0.5", "--std", "0.5,0.5,0.5"]
    return [{"family": f"torchvision {name}", "format": suffix, "file": name + suffix, "options": options}
            for suffix, options in ((".pth", []), (".onnx", onnx))]


def main(folder, name, calibration, photos):
    folder.mkdir(parents=True, exist_ok=True)
    classifier, recipe = NETWORKS[name]
    model = fill(made(name), prepared(calibration, *recipe))
    np.save(folder / f"{name}.npy", embeddings(model, classifier, prepared(photos, *recipe)))
    cases = save_identity(model, folder, name) if name.endswith("-identity") else save(model, folder, name, *recipe)
    (folder / f"{name}.json").write_text(json.dumps(cases, indent=1))


def sample(folder, side):
    """The photos of a folder; a few where pictures are large."""
    photos = sorted(str(path) for path in pathlib.Path(folder).iterdir())
    return photos if side < 380 else photos[::4]


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(*NETWORKS, sep="\n")
    else:
        main(pathlib.Path(sys.argv[1]), sys.argv[2], sample(sys.argv[3], NETWORKS[sys.argv[2]][1][1]), sys.argv[4:])
