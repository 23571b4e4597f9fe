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


def run(options):
    machine, results = contenders.machine(), []
    for network in options.networks:
        floats = {}
        for contender in contenders.TITLES:
            floats[contender] = contenders.embeddings(network, contender, "fp32", "evaluation")
            int8 = contenders.embeddings(network, contender, "int8", "evaluation")
            # Near 1, or somebody runs another network or other pixels.
            agreement = (floats[contender].astype(float) * floats["onnxruntime"]).sum(1).min()
            results.append({"network": network.title, "contender": contender, "photos": len(int8),
                            **drift(floats[contender], int8), "float_agreement": agreement})
    columns = ["network", "int8 of", "mean cosine", "1st percentile", "least", "recall@10", "its float to ONNX Runtime's, least"]
    rows = [[result["network"], contenders.TITLES[result["contender"]],
             *(f"{result[key]:.4f}" for key in ("mean", "p1", "least")), f"{result['recall@10']:.3f}",
             f"{result['float_agreement']:.6f}"] for result in results]
    text = f"{contenders.heading(machine)} {results[0]['photos']} photos.\n\n{contenders.table(columns, rows)}"
    return dict(machine, results=results), text
