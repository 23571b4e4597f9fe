"""How fast: all contenders in turn, A B C A B C …, each a process kept alive."""
import statistics
import time

import contenders
import networks

INSIDE = ("Milliseconds a picture, least / median. The peers start at float tensors, normalized, in their own layout (LiteRT's int8 at "
          "int8 ones), and end at the embedding; edge starts at 224×224 RGB bytes and ends at the embedding of length 1.")


def entries():
    """(contender, variant): int8 of all; float for orientation."""
    rows = [(name, "int8") for name in contenders.TITLES] + [("onnxruntime", "fp32")]
    with open("/proc/cpuinfo") as info:
        return rows + [("openvino", "bf16")] if "bf16" in info.read() else rows


def measure(network, threads, batch, rounds, seconds):
    """Least and median milliseconds of each entry; a turn takes about `seconds`."""
    workers = {entry: contenders.bench(network, *entry, threads, batch) for entry in entries()}
    runs = {entry: max(3, int(seconds * 1e3 / batch / worker.ask("go 5")[1])) for entry, worker in workers.items()}
    answers = {entry: [] for entry in workers}
    for _ in range(rounds):
        for entry, worker in workers.items():
            answers[entry].append(worker.ask(f"go {runs[entry]}"))
            time.sleep(0.02)  # Threads that spin after their work stop.
    for worker in workers.values():
        worker.quit()
    return {entry: (min(row[0] for row in rows), statistics.median(row[1] for row in rows)) for entry, rows in answers.items()}


def ratio(times, index):
    """Best int8 peer over edge."""
    return min(times[peer, "int8"][index] for peer in contenders.PEERS) / times["edge", "int8"][index]


def run(options):
    machine, results = contenders.machine(), []
    for network in options.networks:
        for threads in options.threads:
            times = measure(network, threads, options.batch, options.rounds, options.seconds)
            results.append({
                "network": network.title, "threads": threads, "batch": options.batch,
                "ms": {f"{contender} {variant}": value for (contender, variant), value in times.items()},
                "best_peer_over_edge": [ratio(times, 0), ratio(times, 1)]})
    columns = ["network", "threads", *(title(entry) for entry in entries()), "best int8 peer / edge"]
    rows = [[result["network"], str(result["threads"]),
             *(f"{least:.2f} / {median:.2f}" for least, median in result["ms"].values()),
             "{:.2f} / {:.2f}".format(*result["best_peer_over_edge"])] for result in results]
    inside = f"Batch {options.batch}, {options.rounds} rounds. {INSIDE}"
    return dict(machine, results=results), f"{contenders.heading(machine)} {inside}\n\n{contenders.table(columns, rows)}"


def title(entry):
    contender, variant = entry
    return contenders.TITLES[contender] + ("" if variant == "int8" else f", {variant}")
