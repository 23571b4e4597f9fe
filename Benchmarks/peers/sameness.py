"""Whether the same photos give the same bytes on other machines: SHA-256 of embeddings, against embeddings.json.

embeddings.json: machine → network → contender → SHA-256 of the int8 model and of its embeddings of the fixed photos; "photos" is
that of the pixels that calibration and embedding saw.
"""
import hashlib
import json
import pathlib

import contenders

KNOWN = pathlib.Path(__file__).with_name("embeddings.json")
MODELS = {"onnxruntime": "onnxruntime.int8.onnx", "openvino": "openvino.int8.bin", "litert": "litert.int8.tflite",
          "edge": "edge.safetensors"}


def sha256(*pieces):
    hash = hashlib.sha256()
    for piece in pieces:
        hash.update(piece)
    return hash.hexdigest()


def hashes(network):
    inputs = [(network.folder / name).read_bytes() for name in ("calibration.npy", "fixed.npy")]
    result = {"photos": sha256(*inputs)}
    for contender, file in MODELS.items():
        rows = contenders.embeddings(network, contender, "int8", "fixed")
        result[contender] = {"model": sha256((network.folder / file).read_bytes()),
                             "embeddings": sha256(rows.astype("<f4").tobytes())}
    return result


def verdict(here, there, contender):
    if here["photos"] != there.get("photos") or contender not in there:
        return "not comparable"
    same = {key: here[contender][key] == there[contender][key] for key in ("model", "embeddings")}
    return f"{'the same' if same['embeddings'] else 'other'} bytes, {'the same' if same['model'] else 'another'} model"


def run(options):
    machine = contenders.machine()
    name = f"{machine['machine']}, {machine['kernels']}"
    known = json.loads(KNOWN.read_text()) if KNOWN.exists() else {}
    current = {network.name: hashes(network) for network in options.networks}
    rows = [[network.title, contenders.TITLES[contender], f"`{current[network.name][contender]['embeddings'][:16]}`",
             *(verdict(current[network.name], there.get(network.name, {}), contender) for there in known.values())]
            for network in options.networks for contender in MODELS]
    if options.keep:
        known[name] = {**known.get(name, {}), **current}
        KNOWN.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    table = contenders.table(["network", "int8 of", "SHA-256 here", *(f"against {there}" for there in known)], rows)
    return dict(machine, embeddings=current), f"{contenders.heading(machine)}\n\n{table}"
