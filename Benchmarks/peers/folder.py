"""A folder of 12-megapixel JPEGs on all cores: edge embed, and Pillow with LiteRT in a process for each core."""
import itertools
import statistics
import time

import numpy as np
from PIL import Image

import contenders
import networks

INSIDE = ("Photos of 4000×3000, JPEG, from the files to the embeddings, all cores; images a second, most / median. edge: the whole command; the "
          "others: after their processes are up. Draft: the decoder scales by halves down to twice the network's input.")


def photos(count):
    """Enlarged sample photos with a sensor's noise, as large as a camera's files; made once."""
    folder = networks.CACHE / f"large-{count}"
    folder.mkdir(parents=True, exist_ok=True)
    samples = networks.photos(networks.ROOT / "Samples")
    for index, source in zip(range(count), itertools.cycle(samples)):
        path = folder / f"{index:03}.jpg"
        if not path.exists():
            enlarged(source, index).save(path, quality=90)
    return folder


def enlarged(source, seed):
    image = Image.open(source).convert("RGB").resize((4000, 3000), Image.Resampling.BICUBIC)
    noise = np.random.default_rng(seed).normal(0, 6, (3000, 4000, 3))
    return Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))


class Edge:
    def __init__(self, network, folder, count, *options):
        out = network.folder / "large.npy"
        self.command = contenders.edge("embed", contenders.model(network), folder, "-o", out, *options)
        self.count = count

    def speed(self):
        start = time.perf_counter()
        contenders.output(self.command)
        return self.count / (time.perf_counter() - start)


class Pillow:
    def __init__(self, network, folder, decoding):
        self.worker = contenders.Worker(contenders.python("litert", "folder", network.name, folder, decoding))

    def speed(self):
        return self.worker.ask("go")[0]


def entries(network, folder, count):
    result = {"edge": Edge(network, folder, count), "Pillow + LiteRT": Pillow(network, folder, "full")}
    if "--fast-decode" in contenders.output(contenders.edge("help", "embed")):
        result["edge, fast decode"] = Edge(network, folder, count, "--fast-decode")
    result["Pillow, draft + LiteRT"] = Pillow(network, folder, "draft")
    return result


def run(options):
    machine, folder, results = contenders.machine(), photos(options.photos), []
    for network in options.networks:
        found = entries(network, folder, options.photos)
        speeds = {name: [] for name in found}
        for _ in range(options.rounds):
            for name, entry in found.items():
                speeds[name].append(entry.speed())
        for entry in found.values():
            if isinstance(entry, Pillow):
                entry.worker.quit()
        results += [{"network": network.title, "contender": name, "images_a_second": [max(row), statistics.median(row)]}
                    for name, row in speeds.items()]
    rows = [[result["network"], result["contender"], "{:.2f} / {:.2f}".format(*result["images_a_second"])] for result in results]
    table = contenders.table(["network", "contender", "images/s"], rows)
    megabytes = sum(path.stat().st_size for path in folder.iterdir()) / options.photos / 1e6
    inside = f"{options.photos} photos of {megabytes:.1f} MB on average, {options.rounds} rounds. {INSIDE}"
    return dict(machine, results=results), f"{contenders.heading(machine)} {inside}\n\n{table}"
