"""Who is compared, how each is started, and the machine it happens on."""
import datetime
import json
import os
import pathlib
import subprocess

import numpy as np

import networks

EDGE = os.environ.get("EDGE") or str(networks.ROOT / ".build/release/edge")
TITLES = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "litert": "LiteRT", "edge": "edge"}
PEERS = [name for name in TITLES if name != "edge"]


def python(engine, *arguments):
    """The command of a peer's worker."""
    worker = pathlib.Path(__file__).with_name("worker.py")
    return [str(networks.CACHE / f"venv-{engine}/bin/python"), str(worker), arguments[0], engine, *map(str, arguments[1:])]


def edge(*arguments):
    return [EDGE, *map(str, arguments)]


def model(network):
    return network.folder / "edge.safetensors"


def output(command):
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: exit code {run.returncode}\n{run.stderr[-2000:]}")
    return run.stdout


class Worker:
    """A process that waits on its standard input and answers each line with one."""

    def __init__(self, command):
        self.command = command
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)
        self._answer("ready")

    def ask(self, line):
        """The numbers of the answer."""
        print(line, file=self.process.stdin, flush=True)
        return [float(word) for word in self._answer("ok").split()]

    def cpu(self):
        """Milliseconds that its threads have run."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6

    def _answer(self, expected):
        for line in self.process.stdout:
            if line.split()[:1] == [expected]:
                return line.split(maxsplit=1)[1] if " " in line else ""
        raise SystemExit(f"{' '.join(self.command)}: ended without an answer; run it by hand")

    def quit(self):
        print("quit", file=self.process.stdin, flush=True)
        self.process.wait()


def bench(network, contender, variant, threads, batch):
    if contender == "edge":
        return Worker(edge("bench", model(network), "--worker", "--threads", threads, "--batch", batch))
    return Worker(python(contender, "bench", network.name, variant, threads, batch))


def embeddings(network, contender, variant, photos):
    """float32 [photos][values] of "evaluation" or "fixed", of length 1."""
    out = network.folder / f"{contender}.{variant}.{photos}.npy"
    if contender == "edge":
        source = model(network) if variant == "int8" else network.weights
        paths = (network.folder / f"{photos}.paths.txt").read_text().splitlines()
        output(edge("embed", source, *paths, "-o", out))
    else:
        output(python(contender, "embed", network.name, variant, network.folder / f"{photos}.npy", out))
    rows = np.load(out)
    return rows if contender == "edge" else rows / np.linalg.norm(rows, axis=1, keepdims=True)


def machine():
    """What stands above every table."""
    cpu = dict(line.split(":", 1) for line in output(["lscpu"]).splitlines() if ":" in line)
    cpu = {key.strip(): value.strip() for key, value in cpu.items()}
    name = f"{cpu['Model name']} (family {cpu.get('CPU family', '?')}, model {cpu.get('Model', '?')})"
    first = networks.quantized()[0]
    kernels = json.loads(output(edge("bench", model(first), "--runs", 1, "--json")))["kernels_used"]
    commit = output(["git", "-C", str(networks.ROOT), "rev-parse", "--short", "HEAD"]).strip()
    versions = [output(python(peer, "version")).strip() for peer in PEERS]
    return {"machine": name, "kernels": kernels, "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 2),
            "date": datetime.date.today().isoformat(),
            "versions": [*versions, f"edge {output(edge('--version')).strip()} (repository at {commit})"]}


def heading(machine):
    return (f"{machine['machine']}, {machine['cores']} cores, kernel set `{machine['kernels']}`, {machine['date']}, "
            f"load before it {machine['load']}; {', '.join(machine['versions'])}.")


def table(columns, rows):
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
