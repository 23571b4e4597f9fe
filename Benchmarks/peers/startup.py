"""One photo of 640×480, from the file to the embedding, in a new process: time and memory above the empty runtime."""
import resource
import statistics
import subprocess
import time

import contenders
import networks

INSIDE = ("A photo of 640×480, JPEG: load the int8 model, decode, resize, embed; one thread; least / median. Of edge: a whole `edge embed` less "
          "an empty `edge --version`; of the peers: what is added after Python, NumPy, Pillow and the runtime are up.")


def photo():
    from PIL import Image

    path = networks.CACHE / "640x480.jpg"
    source = networks.ROOT / "Samples/evaluation/castle-gate.jpg"
    Image.open(source).convert("RGB").resize((640, 480)).save(path, quality=90)
    return path


def process(command):
    """Milliseconds, those of the CPU, and megabytes of a whole process; `time` starts it, so that this one's memory is not counted."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(["/usr/bin/time", "-f", "%M", *command], capture_output=True, text=True, check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1e3, cpu * 1e3, int(run.stderr.split()[-1]) / 1024


def added(network, contender, path):
    """Milliseconds, those of the CPU, and megabytes."""
    if contender != "edge":
        return tuple(map(float, contenders.output(contenders.python(contender, "startup", network.name, path)).split()))
    empty = process(contenders.edge("--version"))
    whole = process(contenders.edge("embed", contenders.model(network), path, "--threads", 1))
    return tuple(b - a for a, b in zip(empty, whole))


def run(options):
    machine, path, results = contenders.machine(), photo(), []
    for network in options.networks:
        turns = [{name: added(network, name, path) for name in contenders.TITLES} for _ in range(options.rounds)]
        for name in contenders.TITLES:
            figures = zip(("ms", "cpu_ms", "MB"), zip(*(turn[name] for turn in turns)))
            results.append({"network": network.title, "contender": name,
                            **{key: [min(values), statistics.median(values)] for key, values in figures}})
    rows = [[result["network"], contenders.TITLES[result["contender"]],
             *("{:.1f} / {:.1f}".format(*result[key]) for key in ("ms", "cpu_ms", "MB"))] for result in results]
    table = contenders.table(["network", "int8 of", "ms", "of the CPU", "MB"], rows)
    return dict(machine, results=results), f"{contenders.heading(machine)} {options.rounds} rounds. {INSIDE}\n\n{table}"
