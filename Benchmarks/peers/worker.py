#!/usr/bin/env python3
"""One peer in a process of its own, run by its environment's Python.

worker.py quantize ENGINE NETWORK
worker.py version  ENGINE
worker.py embed    ENGINE NETWORK VARIANT INPUTS.npy OUT.npy
worker.py bench    ENGINE NETWORK VARIANT THREADS BATCH      speaks as `edge bench --worker` does
worker.py startup  ENGINE NETWORK PHOTO                      prints what one photo adds: milliseconds, the CPU's, megabytes
worker.py folder   ENGINE NETWORK PHOTOS draft|full          waits for "go" on standard input, prints images a second
"""
import itertools
import os
import statistics
import sys
import time

import numpy as np

import engines
import networks


def quantize(engine, name):
    network = networks.named(name)
    engines.ENGINES[engine].quantize(network.folder, network, np.load(network.folder / "calibration.npy"))


def version(engine):
    print(engines.version(engine))


def load(engine, name, variant, threads=1, batch=1):
    return engines.ENGINES[engine](networks.named(name).folder, variant, threads, batch)


def embed(engine, name, variant, inputs, out):
    model, rows = load(engine, name, variant), []
    for image in np.load(inputs):
        model.feed(model.prepare(image[None]))
        model.infer()
        rows.append(np.array(model.result()[0]))
    np.save(out, np.stack(rows).astype(np.float32))


def bench(engine, name, variant, threads, batch):
    batch = int(batch)
    images = np.load(networks.named(name).folder / "fixed.npy")
    model = load(engine, name, variant, int(threads), batch)
    pieces = np.concatenate([images, images])
    inputs = itertools.cycle([model.prepare(pieces[first:first + batch]) for first in range(len(images))])

    def timed():
        model.feed(next(inputs))
        start = time.perf_counter()
        model.infer()
        return (time.perf_counter() - start) * 1e3 / batch

    for _ in range(3):
        timed()
    print("ready", flush=True)
    for line in sys.stdin:
        if line.strip() == "quit":
            return
        times = [timed() for _ in range(int(line.split()[1]))]
        print("ok", min(times), statistics.median(times), statistics.mean(times), flush=True)


def peak():
    """The most memory this process has had, in megabytes."""
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024


RUNTIMES = {"onnxruntime": "onnxruntime", "openvino": "openvino", "litert": "ai_edge_litert.interpreter"}


def startup(engine, name, photo):
    """Python, NumPy, Pillow and the runtime are there before: only what the model and the photo add is counted."""
    import PIL.Image  # noqa: F401
    import PIL.JpegImagePlugin  # noqa: F401
    __import__(RUNTIMES[engine])

    memory, cpu, start = peak(), time.process_time(), time.perf_counter()
    model = load(engine, name, "int8")
    infer_photo(model, networks.named(name), photo)
    wall = time.perf_counter() - start
    print(wall * 1e3, (time.process_time() - cpu) * 1e3, peak() - memory)


def infer_photo(model, network, photo, draft=False):
    image = networks.normalized(network, networks.pixels(network, photo, draft))
    model.feed(model.prepare(image.transpose(2, 0, 1)[None]))
    model.infer()
    return model.result()


def folder(engine, name, photos, decoding):
    """A process for each core, each with a model of its own, taking photo after photo."""
    import multiprocessing

    paths, network = networks.photos(photos), networks.named(name)
    with multiprocessing.Pool(os.cpu_count(), open_model, (engine, name)) as pool:
        pool.starmap(embed_photo, [(network, paths[0], True)] * os.cpu_count(), 1)
        print("ready", flush=True)
        for line in sys.stdin:
            if line.strip() == "quit":
                return
            start = time.perf_counter()
            pool.starmap(embed_photo, [(network, path, decoding == "draft") for path in paths], 1)
            print("ok", len(paths) / (time.perf_counter() - start), flush=True)


def open_model(engine, name):
    global shared
    shared = load(engine, name, "int8")


def embed_photo(network, path, draft):
    return infer_photo(shared, network, path, draft)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
