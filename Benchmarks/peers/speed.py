"""How fast: all contenders in turn, A B C A B C …, each a process kept alive."""
import statistics
import time

import contenders
import networks

INSIDE = ("Milliseconds a picture, least / median, with one thread also / CPU time. The peers start at float tensors, normalized, in their own layout (LiteRT's int8 at "
          "int8 ones), and end at the embedding; edge starts at 224×224 RGB bytes and ends at the embedding of length 1.")


def entries():
    """(contender, variant): int8 of all; float for orientation."""
    rows = [(name, "int8") for name in contenders.TITLES] + [("onnxruntime", "fp32")]
    with open("/proc/cpuinfo") as info:
        return rows + [("openvino", "bf16")] if "bf16" in info.read() else rows


def measure(network, threads, batch, rounds, seconds):
    """Least and median milliseconds of each entry, and those of the CPU; a turn takes about `seconds`."""
    workers = {entry: contenders.bench(network, *entry, threads, batch) for entry in entries()}
    runs = {entry: max(3, int(seconds * 1e3 / batch / worker.ask("go 5")[1])) for entry, worker in workers.items()}
    turns = {entry: [] for entry in workers}
    for _ in range(rounds):
        for entry, worker in workers.items():
            turns[entry].append(turn(worker, runs[entry], batch))
            time.sleep(0.02)  # Threads that spin after their work stop.
    for worker in workers.values():
        worker.quit()
    return {entry: summary(rows) for entry, rows in turns.items()}


def turn(worker, runs, batch):
    before = worker.cpu()
    least, median, _ = worker.ask(f"go {runs}")
    return least, median, (worker.cpu() - before) / runs / batch


def summary(turns):
    leasts, medians, cpus = zip(*turns)
    return {"least": min(leasts), "median": statistics.median(medians), "cpu": min(cpus)}


def ratio(times, key):
    """Best int8 peer over edge."""
    return min(times[peer, "int8"][key] for peer in contenders.PEERS) / times["edge", "int8"][key]


def run(options):
    machine, results = contenders.machine(), []
    for network in options.networks:
        for threads in options.threads:
            times = measure(network, threads, options.batch, options.rounds, options.seconds)
            results.append({
                "network": network.title, "threads": threads, "batch": options.batch,
                "ms": {title(entry): values for entry, values in times.items()},
                "best_peer_over_edge": {key: ratio(times, key) for key in ("least", "median", "cpu")}})
    columns = ["network", "threads", *map(title, entries()), "best int8 peer / edge"]
    inside = f"Batch {options.batch}, {options.rounds} rounds. {INSIDE}"
    table = contenders.table(columns, [row(result) for result in results])
    return dict(machine, results=results), f"{contenders.heading(machine)} {inside}\n\n{table}"


def row(result):
    # With more threads than one, some wait by spinning: their CPU time says nothing.
    keys = ("least", "median", "cpu") if result["threads"] == 1 else ("least", "median")
    cells = [*result["ms"].values(), result["best_peer_over_edge"]]
    return [result["network"], str(result["threads"]), *(" / ".join(f"{cell[key]:.2f}" for key in keys) for cell in cells)]


def title(entry):
    contender, variant = entry
    return contenders.TITLES[contender] + ("" if variant == "int8" else f", {variant}")
