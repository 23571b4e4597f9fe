#!/usr/bin/env python3
"""Runs `edge` on what torch_files.py and keras_files.py wrote.

Usage: compare.py EDGE FOLDER NAME CALIBRATION PHOTO…   one network: FOLDER/rows/NAME.json; CALIBRATION none: no int8
       compare.py FOLDER NAME…                          the table of these networks' rows
Needs numpy. Float error: max |a − b| / max |b| over a photo's embedding, the largest of the photos. Int8 against our float:
mean cosine and the signal-to-noise ratio of the embeddings, photos that calibration did not see.
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


def row(tool, folder, case, calibration, photos, expected, known):
    source, scratch = folder / case["file"], folder / "scratch"
    scratch.mkdir(exist_ok=True)
    ours = embed(tool, source, photos, scratch / "float.npy", case["options"])
    error = (np.abs(ours - expected).max(1) / np.abs(expected).max(1)).max()
    # Files that give the same bits are the same network, and give the same model.
    key = ours.tobytes()
    if calibration == "none":
        return {"error": float(error)}
    if key not in known:
        known[key] = drift(tool, source, case, calibration, photos, ours, scratch)
    cosine, ratio = known[key]
    return {"error": float(error), "cosine": float(cosine), "decibels": float(ratio)}


def drift(tool, source, case, calibration, photos, ours, scratch):
    model = scratch / "model.edge.safetensors"
    edge(tool, "quantize", source, "--calibration", calibration, "-o", model, *case["options"])
    int8 = embed(tool, model, photos, scratch / "int8.npy")
    cosine = (ours * int8).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(int8, axis=1)
    ratio = 10 * np.log10((ours.astype(float) ** 2).sum() / ((ours - int8).astype(float) ** 2).sum())
    return cosine.mean(), ratio


def compare(tool, folder, name, calibration, photos):
    rows, known = [], {}
    expected = np.load(folder / f"{name}.npy")
    for case in json.loads((folder / f"{name}.json").read_text()):
        told = {"family": case["family"], "format": case["format"]}
        try:
            rows.append(told | row(tool, folder, case, calibration, photos, expected, known))
        except Exception as error:
            rows.append(told | {"failure": str(error)})
        print(rows[-1], flush=True)
    (folder / "rows").mkdir(exist_ok=True)
    (folder / "rows" / f"{name}.json").write_text(json.dumps(rows, indent=1))


def table(folder, names):
    """A line for each network: the largest float error and the lowest cosine and ratio of its formats."""
    failed = False
    print("| network | formats | float error | int8 cosine | SQNR, dB |\n|---|---|---|---|---|")
    for name in names:
        path = folder / "rows" / f"{name}.json"
        rows = json.loads(path.read_text()) if path.exists() else []
        for each in (each for each in rows if "failure" in each):
            failed = True
            print(f"| {each['family']} | {each['format']} | {each['failure']} | | |")
        rows = [each for each in rows if "failure" not in each]
        if not rows:
            continue
        formats = "all four" if len(rows) == 4 else ", ".join(each["format"] for each in rows)
        error = max(each["error"] for each in rows)
        int8 = "– | –"
        if "cosine" in rows[0]:
            cosine, decibels = (min(each[key] for each in rows) for key in ("cosine", "decibels"))
            int8 = f"{cosine:.4f} | {decibels:.1f}"
        print(f"| {rows[0]['family']} | {formats} | {error:.1e} | {int8} |")
    return 1 if failed else 0


if __name__ == "__main__":
    if (pathlib.Path(sys.argv[1]) / "rows").is_dir():
        sys.exit(table(pathlib.Path(sys.argv[1]), sys.argv[2:]))
    compare(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:])
