#!/usr/bin/env python3
"""Writes a network as ONNX, and photos as its inputs.

Usage: export.py NETWORK CALIBRATION EVALUATION FIXED   (a network's name, three folders of photos)
Into the network's folder: float.onnx (opset 13, batch 1, the embedding its only output, batch normalizations and padding
folded into the convolutions), and calibration.npy, evaluation.npy, fixed.npy: float32 [photos][3][224][224].
"""
import sys

import numpy as np
import onnx
import torch
import torchvision

import networks

sys.path.insert(0, str(networks.ROOT / "Tests/Goldens/torch"))
import seeded  # noqa: E402


class LiteEmbedding(torch.nn.Module):
    """EfficientNet-Lite without its classifier."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return torch.flatten(self.model._avg_pooling(self.model.extract_features(x)), 1)


def lite0(weights):
    import efficientnet_lite_pytorch

    model = efficientnet_lite_pytorch.EfficientNet.from_name("efficientnet-lite0", image_size=(224, 224))
    model.load_state_dict(torch.load(weights, map_location="cpu"))
    return LiteEmbedding(model)


def b0(weights):
    state = torch.load(weights, map_location="cpu")
    model = torchvision.models.efficientnet_b0(num_classes=len(state["classifier.1.bias"]))
    model.load_state_dict(state)
    model.classifier = torch.nn.Identity()
    return model


def resnet50(weights):
    if not weights.exists():
        state = torchvision.models.resnet50().state_dict()
        for name, tensor in state.items():
            if tensor.dtype == torch.float32:
                tensor.copy_(torch.from_numpy(seeded.tensor(name, tuple(tensor.shape))))
        torch.save(state, weights)
    state = torch.load(weights, map_location="cpu")
    model = torchvision.models.resnet50(num_classes=len(state["fc.bias"]))
    model.load_state_dict(state)
    model.fc = torch.nn.Identity()
    return model


def constant_padding(g, x, padding, *_):
    """Pad with a constant that stands in the graph; torch.onnx computes it by nodes of its own."""
    left, right, top, bottom = torch.onnx.symbolic_helper._maybe_get_const(padding, "is")
    pads = torch.tensor([0, 0, top, left, 0, 0, bottom, right])
    return g.op("Pad", x, g.op("Constant", value_t=pads), mode_s="constant")


def fold_padding(model):
    """Zero padding before a convolution becomes the convolution's own, which in ONNX may be asymmetric."""
    constants = {node.output[0]: node for node in model.graph.node if node.op_type == "Constant"}
    paddings = {node.output[0]: node for node in model.graph.node if node.op_type == "Pad"}
    for node in model.graph.node:
        if node.op_type == "Conv" and node.input[0] in paddings:
            padding = paddings[node.input[0]]
            pads = onnx.numpy_helper.to_array(constants[padding.input[1]].attribute[0].t)
            own = next(attribute for attribute in node.attribute if attribute.name == "pads")
            own.ints[:] = np.array(own.ints) + pads[[2, 3, 6, 7]]
            node.input[0] = padding.input[0]
    for node in paddings.values():
        model.graph.node.remove(constants[node.input[1]])
        model.graph.node.remove(node)
    onnx.checker.check_model(model)


def export(network):
    path = str(network.folder / "float.onnx")
    for name in ("::pad", "::constant_pad_nd"):
        torch.onnx.register_custom_op_symbolic(name, constant_padding, 13)
    module = globals()[network.name](network.weights).eval()
    torch.onnx.export(module, torch.zeros(1, 3, 224, 224), path, opset_version=13, input_names=["x"],
                      output_names=["embedding"])
    model = onnx.load(path)
    fold_padding(model)
    kinds = sorted({node.op_type for node in model.graph.node} - {"Constant"})
    if {"Pad", "BatchNormalization"} & set(kinds):
        sys.exit(f"export: {path}: something was left unfolded: {' '.join(kinds)}")
    onnx.save(model, path)
    print(f"export: {path}: {' '.join(kinds)}")


def main(name, *folders):
    network = networks.named(name)
    network.folder.mkdir(parents=True, exist_ok=True)
    export(network)
    for kind, folder in zip(("calibration", "evaluation", "fixed"), folders):
        paths = networks.photos(folder)[:8 if kind == "fixed" else None]
        values = [networks.normalized(network, networks.pixels(network, path)) for path in paths]
        np.save(network.folder / f"{kind}.npy", np.stack(values).transpose(0, 3, 1, 2))
        (network.folder / f"{kind}.paths.txt").write_text("".join(f"{path}\n" for path in paths))
        print(f"export: {kind}: {len(paths)} photos of {folder}")


if __name__ == "__main__":
    main(*sys.argv[1:])
