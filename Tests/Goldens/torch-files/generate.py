"""Writes the small PyTorch files of this folder and what they hold: expected.json, MANIFEST.

Run with Debian's python3-torch: /usr/bin/python3 generate.py
All numbers are small fractions that every type holds exactly.
"""
import argparse
import collections
import hashlib
import json
import os
import sys
import zipfile

import torch

folder = os.path.dirname(os.path.abspath(__file__))
expected = {}


def numbers(*shape, start=0):
    count = 1
    for side in shape:
        count *= side
    return ((torch.arange(count, dtype=torch.float64) * 7 + start) % 61 - 30).div(8).reshape(shape)


def every_kind():
    base = numbers(6, 10).float()
    return collections.OrderedDict(
        float=numbers(2, 3, 3, 3).float(),
        half=torch.cat([numbers(5, start=3), torch.tensor([2.0**-24, -(2.0**-15), 65504.0])]).half(),
        bfloat=numbers(7, start=5).bfloat16(),
        double=numbers(4, 2, start=9),
        scalar=torch.tensor(0.375),
        empty=torch.zeros(0, 3),
        transposed=numbers(3, 4, start=2).float().t(),
        channels_last=numbers(2, 3, 2, 2).float().contiguous(memory_format=torch.channels_last),
        view=base[1:4, 2:9:3],
        row=base[5],
        expanded=numbers(3, 1, start=1).float().expand(3, 2),
        parameter=torch.nn.Parameter(numbers(4, start=7).float()),
        num_batches_tracked=torch.tensor(12),
        index=torch.arange(4),
        flags=torch.tensor([True, False]),
    )


def record(name, state):
    expected[name] = [
        {
            "name": key,
            "shape": list(value.shape),
            "sha256": hashlib.sha256(value.detach().float().contiguous().numpy().tobytes()).hexdigest(),
        }
        for key, value in state.items()
        if torch.is_floating_point(value)
    ]


def save(name, value, state, **options):
    torch.save(value, os.path.join(folder, name), **options)
    record(name, state)


def network():
    net = torch.nn.Sequential(
        collections.OrderedDict(
            stem=torch.nn.Conv2d(3, 4, 3, bias=False),
            norm=torch.nn.BatchNorm2d(4),
            block=torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.ReLU()),
        )
    )
    with torch.no_grad():
        for index, value in enumerate(net.state_dict().values()):
            if torch.is_floating_point(value):
                value.copy_(numbers(*value.shape, start=index))
    return net


state = every_kind()
for protocol in (2, 3, 4, 5):
    save(f"zip-protocol-{protocol}.pth", state, state, pickle_protocol=protocol)
for protocol in (1, 2, 4, 5):
    save(
        f"legacy-protocol-{protocol}.pth", state, state, pickle_protocol=protocol,
        _use_new_zipfile_serialization=False,
    )

net = network()
save("module.pth", net, net.state_dict())
save("module-legacy.pth", net, net.state_dict(), _use_new_zipfile_serialization=False)
save("state.pth", net.state_dict(), net.state_dict())

parallel = torch.nn.DataParallel(net)
optimizer = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
sum(value.sum() for value in net.parameters()).backward()
optimizer.step()
checkpoint = {
    "epoch": 3,
    "arch": "tiny",
    "args": argparse.Namespace(lr=0.5, data="photos"),
    "state_dict": parallel.state_dict(),
    "best_acc1": torch.tensor(0.5),
    "optimizer": optimizer.state_dict(),
}
for suffix, zipped in (("", True), ("-legacy", False)):
    save(f"checkpoint{suffix}.pth", checkpoint, net.state_dict(), _use_new_zipfile_serialization=zipped)

quantized = {"weight": torch.quantize_per_tensor(numbers(4).float(), 0.125, 0, torch.qint8)}
torch.save(quantized, os.path.join(folder, "refused-quantized.pth"))
torch.save({"epoch": 1, "args": argparse.Namespace(lr=1)}, os.path.join(folder, "refused-no-state.pth"))
torch.jit.script(net).save(os.path.join(folder, "refused-torchscript.pt"))

# The same archive as zip tools write it again: deflated, and read by the inflater.
deflated = os.path.join(folder, "deflated.pth")
with zipfile.ZipFile(os.path.join(folder, "zip-protocol-2.pth")) as source, zipfile.ZipFile(
    deflated, "w", zipfile.ZIP_DEFLATED
) as target:
    for member in source.infolist():
        info = zipfile.ZipInfo(member.filename)
        target.writestr(info, source.read(member), zipfile.ZIP_DEFLATED)
record("deflated.pth", state)

with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file, indent=1)
    file.write("\n")

with open(os.path.join(folder, "MANIFEST"), "w") as file:
    file.write(f"generator: generate.py, PyTorch {torch.__version__}, Python {sys.version.split()[0]}\n")
    file.write("command: /usr/bin/python3 Tests/Goldens/torch-files/generate.py\n")
    file.write("note: the older format names storages by their address, so its files differ from run to run\n")
    for name in sorted(os.listdir(folder)):
        if "training" not in name and name != "MANIFEST":
            with open(os.path.join(folder, name), "rb") as part:
                file.write(f"{hashlib.sha256(part.read()).hexdigest()}  {name}\n")
