"""How far int8 is from the same engine's float: same photos, same pixels for all."""
import numpy as np

import contenders


def neighbours(rows, count=10):
    """The nearest rows of each row but itself, by cosine."""
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -np.inf)
    return [set(order[:count]) for order in np.argsort(-cosines, axis=1, kind="stable")]


def drift(exact, int8):
    cosines = (exact.astype(float) * int8).sum(1)
    kept = [len(a & b) / len(a) for a, b in zip(neighbours(exact), neighbours(int8))]
    return {"mean": cosines.mean(), "p1": np.percentile(cosines, 1), "least": cosines.min(), "recall@10": np.mean(kept)}


# Seven-bit weights are what the documentation offers where eight saturate; edge and LiteRT never do.
ENTRIES = [("onnxruntime", "int8"), ("onnxruntime", "int7"), ("openvino", "int8"), ("openvino", "int7"), ("litert", "int8"),
           ("edge", "int8")]


def measure(network):
    floats = {name: contenders.embeddings(network, name, "fp32", "evaluation") for name in contenders.TITLES}
    for contender, variant in ENTRIES:
        exact, int8 = floats[contender], contenders.embeddings(network, contender, variant, "evaluation")
        # Near 1, or somebody runs another network or other pixels.
        agreement = (exact.astype(float) * floats["onnxruntime"]).sum(1).min()
        yield {"network": network.title, "contender": contender, "variant": variant, "photos": len(int8),
               **drift(exact, int8), "float_agreement": agreement}


def title(result):
    return contenders.TITLES[result["contender"]] + (", 7-bit weights" if result["variant"] == "int7" else "")


def run(options):
    machine = contenders.machine()
    results = [result for network in options.networks for result in measure(network)]
    columns = ["network", "int8 of", "mean cosine", "1st percentile", "least", "recall@10", "its float to ONNX Runtime's, least"]
    rows = [[result["network"], title(result), *(f"{result[key]:.4f}" for key in ("mean", "p1", "least")),
             f"{result['recall@10']:.3f}", f"{result['float_agreement']:.6f}"] for result in results]
    text = f"{contenders.heading(machine)} {results[0]['photos']} photos.\n\n{contenders.table(columns, rows)}"
    return dict(machine, results=results), text
