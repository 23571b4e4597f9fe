#!/usr/bin/env python3
"""Writes seeded torchvision networks as .pth and .onnx into FOLDER, with what torchvision itself computes on photos.

Usage: torch_files.py FOLDER PHOTO…   Needs Debian's python3-torch and python3-torchvision.
FOLDER/NAME.pth, .onnx and FOLDER/NAME.npy: one embedding a photo, photos prepared by torchvision's own transforms.
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

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
BILINEAR, BICUBIC = transforms.InterpolationMode.BILINEAR, transforms.InterpolationMode.BICUBIC

# Name, constructor, classifier, short side, crop, interpolation.
NETWORKS = [
    ("resnet18", models.resnet18, "fc", 256, 224, BILINEAR),
    ("resnet50", models.resnet50, "fc", 256, 224, BILINEAR),
    ("resnext50_32x4d", models.resnext50_32x4d, "fc", 256, 224, BILINEAR),
    ("wide_resnet50_2", models.wide_resnet50_2, "fc", 256, 224, BILINEAR),
    ("efficientnet_b0", models.efficientnet_b0, "classifier.1", 256, 224, BICUBIC),
    ("mobilenet_v2", models.mobilenet_v2, "classifier.1", 256, 224, BILINEAR),
    ("mobilenet_v3_small", models.mobilenet_v3_small, "classifier.3", 256, 224, BILINEAR),
    ("mobilenet_v3_large", models.mobilenet_v3_large, "classifier.3", 256, 224, BILINEAR),
    ("mnasnet1_0", models.mnasnet1_0, "classifier.1", 256, 224, BILINEAR),
    ("googlenet", lambda: models.googlenet(transform_input=True, init_weights=False), "fc", 256, 224, BILINEAR),
    ("inception_v3", lambda: models.inception_v3(transform_input=True, init_weights=False), "fc", 342, 299, BILINEAR),
    ("densenet121", models.densenet121, "classifier", 256, 224, BILINEAR),
]


def fill(model):
    for name, tensor in model.state_dict().items():
        if tensor.dtype == torch.float32:
            tensor.copy_(torch.from_numpy(seeded.tensor(name, tuple(tensor.shape))))
    return model.eval()


def prepared(photos, side, crop, interpolation):
    steps = transforms.Compose([
        transforms.Resize(side, interpolation), transforms.CenterCrop(crop), transforms.ToTensor(),
        transforms.Normalize(MEAN, DEVIATION)])
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


def squashed_resnet50(folder, photos):
    """fc = Identity, Resize((224, 224)): how product and photo similarity is usually done."""
    model = fill(models.resnet50())
    model.fc = nn.Identity()
    steps = transforms.Compose([
        transforms.Resize((224, 224)), transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)])
    batch = torch.stack([steps(Image.open(photo).convert("RGB")) for photo in photos])
    with torch.no_grad():
        np.save(folder / "resnet50-identity.npy", np.concatenate([model(image[None]).numpy() for image in batch]))
    torch.save({"epoch": 3, "model": model.state_dict(), "optimizer": {"state": {}, "param_groups": []}},
               folder / "resnet50-identity.pth")
    return [{"id": "resnet50-identity", "family": "ResNet-50, fc = Identity", "format": ".pth, checkpoint",
             "file": "resnet50-identity.pth", "expected": "resnet50-identity.npy",
             "options": ["--preset", "torchvision-squash"]}]


def main(folder, photos):
    folder.mkdir(parents=True, exist_ok=True)
    cases = squashed_resnet50(folder, photos)
    for name, make, classifier, side, crop, interpolation in NETWORKS:
        model = fill(make())
        np.save(folder / f"{name}.npy", embeddings(model, classifier, prepared(photos, side, crop, interpolation)))
        torch.save(model.state_dict(), folder / f"{name}.pth")
        torch.onnx.export(model, torch.zeros(1, 3, crop, crop), str(folder / f"{name}.onnx"), opset_version=13)
        filters = {BILINEAR: "bilinear", BICUBIC: "bicubic"}
        onnx = ["--resize", str(side), "--filter", filters[interpolation]]
        for suffix, options in ((".pth", []), (".onnx", onnx)):
            cases.append({"id": name + suffix, "family": f"torchvision {name}", "format": suffix,
                          "file": name + suffix, "expected": f"{name}.npy", "options": options})
        print(name, flush=True)
    (folder / "torch.json").write_text(json.dumps(cases, indent=1))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
