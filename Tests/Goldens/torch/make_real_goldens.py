#!/usr/bin/env python3
"""Embeddings of trained networks on seeded pictures: public EfficientNet-Lite0 and a trained EfficientNet-B0.

Usage: make_real_goldens.py efficientnet-lite0-57934424.pth efficientnet-b0-trained.pth
"""
import sys

import numpy as np
import torch
import torchvision

import make_goldens as goldens


def load(model, path):
    model.load_state_dict(torch.load(path, map_location="cpu"))
    return model.eval()


def main(lite0, b0):
    import efficientnet_lite_pytorch

    for size in [(224, 224), (200, 231)]:
        make_lite = efficientnet_lite_pytorch.EfficientNet.from_name
        for name, model, classifier in [
            ("real-lite0", load(make_lite("efficientnet-lite0", image_size=size), lite0), "_fc"),
            ("real-b0", load(torchvision.models.efficientnet_b0(num_classes=1), b0), "classifier.1"),
        ]:
            embedding, logits = goldens.run(model, classifier, size)
            np.save(goldens.HERE / f"{name}.{size[0]}x{size[1]}.embedding.npy", embedding)
            np.save(goldens.HERE / f"{name}.{size[0]}x{size[1]}.logits.npy", logits)
            print(name, size, f"mean {embedding.mean():.4g} max {np.abs(embedding).max():.4g}")
    goldens.write_manifest()


if __name__ == "__main__":
    main(*sys.argv[1:])
