#!/usr/bin/env python3
"""Embeddings of seeded networks, by the frameworks themselves. Writes cases.json, *.npy, *.tensors.txt and MANIFEST.

With arguments only the cases whose ids begin with one of them are computed again.

Needs torch and torchvision (Debian's packages) and, from PyPI without their dependencies, timm==0.6.13,
efficientnet_pytorch==0.7.1 and efficientnet_lite_pytorch==0.1.0.
"""
import hashlib
import json
import pathlib
import platform
import sys

import numpy as np
import torch
import torchvision
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

import families
import seeded

HERE = pathlib.Path(__file__).parent


def narrow_resnet(block, layers, width):
    class Narrow(ResNet):
        def __init__(self):
            super().__init__(block, layers, num_classes=10)
            self.inplanes = width
            self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
            self.bn1 = nn.BatchNorm2d(width)
            self.layer1 = self._make_layer(block, width, layers[0])
            for index in (1, 2, 3):
                layer = self._make_layer(block, width << index, layers[index], stride=2)
                setattr(self, f"layer{index + 1}", layer)
            self.fc = nn.Linear(width * 8 * block.expansion, 10)

    return Narrow()


def with_head(model, head):
    model.fc = head
    return model


def caffe_resnet50():
    """Stride on the first 1x1, pooling without padding in ceil mode: as He et al. published it."""
    model = torchvision.models.resnet50(num_classes=10)
    model.maxpool = nn.MaxPool2d(3, 2, padding=0, ceil_mode=True)
    for module in model.modules():
        if isinstance(module, Bottleneck):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, (1, 1)
    return model


def timm(name):
    import timm as library

    return library.create_model(name, num_classes=10)


def own_port(name, **parameters):
    import efficientnet_pytorch

    return efficientnet_pytorch.EfficientNet.from_name(name, num_classes=10, **parameters)


def lite(name, **parameters):
    import efficientnet_lite_pytorch

    return efficientnet_lite_pytorch.EfficientNet.from_name(name, num_classes=10, **parameters)


def resnet50_narrow(head=None):
    model = narrow_resnet(Bottleneck, [3, 4, 6, 3], 16)
    return model if head is None else with_head(model, head)


def cases():
    """(id, architecture to give or None, [((height, width), maker)], name of the classifier layer or None)"""
    odd, square = (200, 231), (224, 224)

    def of(make, *sizes):
        return [(size, make) for size in sizes]

    tv = torchvision.models
    mlp = lambda: nn.Sequential(nn.Linear(512, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 10))
    yield "torchvision-resnet18", None, of(lambda: tv.resnet18(num_classes=10), square, odd), "fc"
    yield "torchvision-resnet50", None, of(lambda: tv.resnet50(num_classes=10), square), "fc"
    yield "torchvision-efficientnet_b0", None, of(
        lambda: tv.efficientnet_b0(num_classes=1), square, odd), "classifier.1"
    yield "narrow-resnet34", None, of(lambda: narrow_resnet(BasicBlock, [3, 4, 6, 3], 32), odd), "fc"
    yield "narrow-resnet-headless", None, of(lambda: resnet50_narrow(nn.Identity()), odd), None
    yield "narrow-resnet-linear-relu", None, of(
        lambda: resnet50_narrow(nn.Sequential(nn.Linear(512, 32), nn.ReLU())), odd), None
    yield "narrow-resnet-mlp", None, of(lambda: resnet50_narrow(mlp()), odd), "fc.3"
    yield "sequential-resnet18", None, of(
        lambda: nn.Sequential(*list(tv.resnet18().children())[:-1], nn.Flatten()), odd), None
    yield "resnext50_32x4d", None, of(lambda: tv.resnext50_32x4d(num_classes=10), (96, 96)), "fc"
    yield "caffe-resnet50", "caffe/resnet50", of(caffe_resnet50, square, odd), "fc"
    for name in ["resnet50", "efficientnet_b0", "tf_efficientnet_b0", "tf_efficientnet_lite0"]:
        sizes = (odd,) if name == "resnet50" else (square, odd)
        last = "fc" if name == "resnet50" else "classifier"
        yield f"timm-{name}", f"timm/{name}", of(lambda: timm(name), *sizes), last
    sized = lambda make, name, **more: [
        (size, lambda size=size: make(name, image_size=size, **more)) for size in (square, odd)]
    yield "efficientnet-pytorch-b0", None, sized(own_port, "efficientnet-b0"), "_fc"
    yield "efficientnet-pytorch-narrow", None, sized(
        own_port, "efficientnet-b0", width_coefficient=0.25), "_fc"
    yield "efficientnet-lite-lite0", None, sized(lite, "efficientnet-lite0"), "_fc"
    yield "efficientnet-lite-lite1", None, [((240, 240), lambda: lite("efficientnet-lite1"))], "_fc"
    yield from families.cases()


def fill(model, norm_scale=1.0):
    """- norm_scale: of every normalization's factors; below 1 it keeps the sums of deep residual networks, which are not
    trained, from growing until Float's own rounding shows."""
    state = model.state_dict()
    for name, value in state.items():
        if not name.endswith("num_batches_tracked"):
            value.copy_(torch.from_numpy(seeded.tensor(name, tuple(value.shape))))
            if value.dim() == 1 and name.endswith(".weight"):
                value.mul_(norm_scale)
    return model.eval()


@torch.no_grad()
def run(model, classifier, size):
    """The classifier's input (or the network's output, without one) and its output."""
    seen = {}
    if classifier:
        module = dict(model.named_modules())[classifier]
        module.register_forward_hook(lambda _, given, result: seen.update(embedding=given[0], logits=result))
    output = model(torch.from_numpy(seeded.network_input(*size)))
    return seen.get("embedding", output).numpy()[0], output.numpy()[0] if classifier else None


def write_tensors(path, model):
    lines = [f"{name} {' '.join(map(str, value.shape))}\n" for name, value in model.state_dict().items()
             if not name.endswith("num_batches_tracked")]
    path.write_text("".join(lines))


def compute(identifier, architecture, runs, classifier, feeds_recipe=False, norm_scale=1.0):
    written = []
    for size, make in runs:
        model = fill(make(), norm_scale)
        embedding, logits = run(model, classifier, size)
        stem = f"{identifier}.{size[0]}x{size[1]}"
        np.save(HERE / f"{stem}.embedding.npy", embedding)
        if logits is not None:
            np.save(HERE / f"{stem}.logits.npy", logits)
        written.append({"height": size[0], "width": size[1], "logits": logits is not None})
        print(stem, embedding.shape, f"mean {embedding.mean():.4g} max {np.abs(embedding).max():.4g}")
    write_tensors(HERE / f"{identifier}.tensors.txt", model)
    entry = {"id": identifier, "architecture": architecture, "runs": written}
    # The framework was given torchvision's normalization; the importer's own recipe must come to the same.
    if feeds_recipe:
        entry["feeds_recipe"] = True
    if norm_scale != 1:
        entry["norm_scale"] = norm_scale
    return entry


def main(prefixes):
    file = HERE / "cases.json"
    present = {entry["id"]: entry for entry in json.loads(file.read_text())} if file.exists() else {}
    entries = []
    for case in cases():
        asked = not prefixes or any(case[0].startswith(prefix) for prefix in prefixes)
        entries.append(compute(*case) if asked or case[0] not in present else present[case[0]])
    file.write_text(json.dumps(entries, indent=1) + "\n")
    write_manifest()


def write_manifest():
    import efficientnet_lite_pytorch, efficientnet_pytorch, timm as library

    lines = [
        "Made by make_goldens.py and make_real_goldens.py from seeded.py and families.py; no weights are stored here.\n",
        f"python {platform.python_version()} numpy {np.__version__} torch {torch.__version__} "
        f"torchvision {torchvision.__version__} timm {library.__version__} "
        f"efficientnet_pytorch {efficientnet_pytorch.__version__} "
        f"efficientnet_lite_pytorch {efficientnet_lite_pytorch.__version__}\n",
        "command: python3 make_goldens.py; python3 make_real_goldens.py LITE0.pth B0.pth\n",
    ]
    for path in sorted(HERE.iterdir()):
        if path.suffix in (".npy", ".txt", ".json"):
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
    (HERE / "MANIFEST").write_text("".join(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
