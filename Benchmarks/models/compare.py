#!/usr/bin/env python3
"""Runs `edge` on what torch_files.py and keras_files.py wrote, and prints one row a file.

Usage: compare.py EDGE FOLDER CALIBRATION PHOTO…   Needs numpy.
Float error: max |a − b| / max |b| over a photo's embedding, the largest of the photos. Int8 against our float: mean cosine
and the signal-to-noise ratio of the embeddings, photos that calibration did not see.
"""
import json
import pathlib
import subprocess
import sys

import numpy as np


def edge(*arguments):
    run = subprocess.run([str(a) for a in arguments], capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.strip().splitlines()[-1] if run.stderr else f"exit code {run.returncode}")


def embed(tool, source, photos, target, options=()):
    edge(tool, "embed", source, *photos, "-o", target, "--no-normalize", *options)
    return np.load(target)


def row(tool, folder, case, calibration, photos, known):
    source, scratch = folder / case["file"], folder / "scratch"
    scratch.mkdir(exist_ok=True)
    ours = embed(tool, source, photos, scratch / "float.npy", case["options"])
    expected = np.load(folder / case["expected"])
    error = (np.abs(ours - expected).max(1) / np.abs(expected).max(1)).max()
    # Files that give the same bits are the same network, and give the same model.
    key = ours.tobytes()
    if key not in known:
        known[key] = drift(tool, source, case, calibration, photos, ours, scratch)
    cosine, ratio = known[key]
    return f"| {case['family']} | {case['format']} | {error:.1e} | {cosine:.4f} | {ratio:.1f} |"


def drift(tool, source, case, calibration, photos, ours, scratch):
    model = scratch / "model.edge.safetensors"
    edge(tool, "quantize", source, "--calibration", calibration, "-o", model, *case["options"])
    int8 = embed(tool, model, photos, scratch / "int8.npy")
    cosine = (ours * int8).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(int8, axis=1)
    ratio = 10 * np.log10((ours.astype(float) ** 2).sum() / ((ours - int8).astype(float) ** 2).sum())
    return cosine.mean(), ratio


def main(tool, folder, calibration, photos):
    cases = [case for file in ("torch.json", "keras.json") if (folder / file).exists()
             for case in json.loads((folder / file).read_text())]
    print("| network | format | float error | int8 cosine | SQNR, dB |\n|---|---|---|---|---|")
    failures, known = 0, {}
    for case in cases:
        try:
            print(row(tool, folder, case, calibration, photos, known), flush=True)
        except Exception as error:
            failures += 1
            print(f"| {case['family']} | {case['format']} | {error} | | |", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4:]))
