"""ONNX files of other programs, and what onnxruntime computes from them.

Writes NAME.onnx, NAME.npy (the first output) and cases.json. The float tensors of torchvision's networks are external
data that is not stored: they stand one after the other in the file's order, and their numbers come from their names
(../torch/seeded.py). Their graphs are in networks.zip. Run with Debian's torch and torchvision, and onnx and onnxruntime from PyPI.
"""
import io
import json
import os
import sys
import zipfile

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision
from onnx import TensorProto, helper, numpy_helper
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "torch"))
import seeded  # noqa: E402

CASES = []
NETWORKS = {}


def path(name):
    return os.path.join(HERE, name)


def write(name, content):
    with open(path(name), "wb") as file:
        file.write(content)


def fill(model):
    """Every parameter from its name."""
    for name, tensor in model.state_dict().items():
        if tensor.dtype == torch.float32:
            tensor.copy_(torch.from_numpy(seeded.tensor(name, tuple(tensor.shape))))
    return model.eval()


def export(model, size, opset, dynamic=None, folding=True, **options):
    torch.manual_seed(0)
    buffer = io.BytesIO()
    torch.onnx.export(
        model, torch.zeros(1, 3, *size), buffer, opset_version=opset, input_names=["input"],
        output_names=["output"], dynamic_axes=dynamic, do_constant_folding=folding, **options)
    return onnx.load_from_string(buffer.getvalue())


def run(model, x):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})


def pixels(size, layout="NCHW", raw=False):
    if raw:
        x = seeded.picture(*size).astype(np.float32)[None]
        return x if layout == "NHWC" else x.transpose(0, 3, 1, 2).copy()
    x = seeded.network_input(*size)
    return x if layout == "NCHW" else x.transpose(0, 2, 3, 1).copy()


def save(name, model, size, externalize=False, layout="NCHW", raw=False, **extra):
    expected = run(model, pixels(size, layout, raw))[0]
    np.save(path(name + ".npy"), np.ascontiguousarray(expected, np.float32))
    if externalize:
        move_out(model)
    content = model.SerializeToString()
    if externalize:
        NETWORKS[name + ".onnx"] = content
    else:
        write(name + ".onnx", content)
    if externalize:
        extra["external"] = True
    CASES.append(dict(id=name, height=size[0], width=size[1], **extra))


def move_out(model):
    """Every float tensor becomes external data; in the data file they stand one after the other."""
    offset = 0
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(tensor)
        assert np.array_equal(values, seeded.tensor(tensor.name, tuple(tensor.dims))), tensor.name
        count = values.nbytes
        tensor.ClearField("raw_data")
        tensor.ClearField("float_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in [("location", "weights.bin"), ("offset", offset), ("length", count)]:
            entry = tensor.external_data.add()
            entry.key, entry.value = key, str(value)
        offset += count


def networks():
    """torchvision's networks; normalizations stay nodes of their own, so that every tensor keeps its name."""
    models = torchvision.models
    cases = [
        ("resnet18", models.resnet18, (64, 64), 9, {}), ("resnet50", models.resnet50, (64, 64), 13, {}),
        ("efficientnet_b0", models.efficientnet_b0, (64, 64), 17, {}),
        ("mobilenet_v2", models.mobilenet_v2, (64, 64), 11, {}),
        ("mobilenet_v3_small", models.mobilenet_v3_small, (64, 64), 14, {}),
        ("mobilenet_v3_small-9", models.mobilenet_v3_small, (64, 64), 9, {}),
        ("googlenet", models.googlenet, (64, 64), 11, dict(init_weights=False, aux_logits=False)),
        ("googlenet-transform", models.googlenet, (64, 64), 13,
         dict(init_weights=False, aux_logits=False, transform_input=True)),
        ("inception_v3", models.inception_v3, (128, 128), 13, dict(init_weights=False)),
        ("densenet121", models.densenet121, (64, 64), 11, {}),
        ("mnasnet1_0", models.mnasnet1_0, (64, 64), 13, {}),
        ("resnext50_32x4d", models.resnext50_32x4d, (64, 64), 17, {}),
        ("vgg11_bn", models.vgg11_bn, (64, 64), 13, {}),
        ("squeezenet1_1", models.squeezenet1_1, (64, 64), 13, {}),
    ]
    for name, make, size, opset, options in cases:
        make_network(name, make, size, opset, options)


# The last dense layer; what enters it is the embedding.
LAST = {"resnet18": "fc", "resnet50": "fc", "googlenet": "fc", "googlenet-transform": "fc", "inception_v3": "fc",
        "resnext50_32x4d": "fc", "vgg11_bn": "classifier.6",
        "mobilenet_v3_small": "classifier.3", "mobilenet_v3_small-9": "classifier.3", "densenet121": "classifier",
        "squeezenet1_1": None}


def make_network(name, make, size, opset, options):
    torch.manual_seed(0)
    model = fill(make(weights=None, **options))
    if name == "vgg11_bn":
        # The published classifier's matrices hold 120 million numbers.
        model.avgpool = nn.Identity()
        model.classifier = nn.Sequential(
            nn.Linear(512 * 4, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 48), nn.ReLU(), nn.Dropout(),
            nn.Linear(48, 10))
        fill(model)
    dynamic = {"input": {0: "batch", 2: "height", 3: "width"}} if name in ("resnet18", "mobilenet_v2") else None
    exported = export(
        model, size, opset, dynamic, folding=False, training=torch.onnx.TrainingMode.PRESERVE)
    last = LAST.get(name, "classifier.1")
    x = torch.from_numpy(seeded.network_input(*size))
    embedding = []
    if last:
        module = dict(model.named_modules())[last]
        module.register_forward_pre_hook(lambda _, inputs: embedding.append(inputs[0]))
    with torch.no_grad():
        logits = model(x)
    if embedding:
        np.save(path(name + ".embedding.npy"), embedding[0].numpy())
    assert np.allclose(run(exported, x.numpy())[0], logits.numpy(), rtol=1e-3, atol=1e-3 * logits.abs().max().item())
    save(name, exported, size, externalize=True, embedding=bool(last))


class Small(nn.Module):
    """Odd operators of torch's exporter; the forward function is given."""

    def __init__(self, forward, **modules):
        super().__init__()
        for key, module in modules.items():
            setattr(self, key, module)
        self.function = forward

    def forward(self, x):
        return self.function(self, x)


def pooled(x):
    return torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1)


def small_modules():
    conv = lambda i, o, k=3, **kw: nn.Conv2d(i, o, k, **kw)  # noqa: E731

    def squeeze_excite(m, x):
        x = nn.functional.hardswish(m.b(m.c(x)))
        gate = m.e(nn.functional.relu(m.r(nn.functional.adaptive_avg_pool2d(x, 1))))
        x = x * nn.functional.hardsigmoid(gate)
        x = torch.cat([m.p(x), m.q(x)], 1)
        return pooled(nn.functional.silu(x))

    excite = dict(
        c=conv(3, 8, stride=2, padding=1, bias=False), b=nn.BatchNorm2d(8), r=conv(8, 4, 1), e=conv(4, 8, 1),
        p=conv(8, 6, 1), q=conv(8, 10, 3, padding=1))
    yield "se-hardswish", Small(squeeze_excite, **excite), 15, {}
    yield "se-hardswish-9", Small(squeeze_excite, **excite), 9, {}
    yield "se-unfolded", Small(squeeze_excite, **excite), 11, dict(folding=False)

    def activations(m, x):
        x = nn.functional.gelu(m.c(x))
        x = m.p(m.d(x))
        x = torch.tanh(m.e(nn.functional.leaky_relu(x, 0.2)))
        x = nn.functional.relu6(m.f(x))
        return pooled(torch.sigmoid(m.g(x)) - 0.25)

    yield "activations", Small(
        activations, c=conv(3, 6), d=conv(6, 6, groups=3), p=nn.PReLU(6), e=conv(6, 8, 1), f=conv(8, 8, dilation=2),
        g=conv(8, 5, 1)), 13, {}

    def poolings(m, x):
        x = m.c(x)
        a = nn.functional.max_pool2d(x, 3, 2, 1, ceil_mode=True)
        b = nn.functional.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=True)
        c = nn.functional.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)
        x = torch.cat([a, b, c], 1)
        x = nn.functional.pad(m.d(x), (1, 0, 2, 1))
        x = nn.functional.avg_pool2d(x, 2)
        return torch.cat([x.mean((2, 3)), nn.functional.adaptive_max_pool2d(x, 1).flatten(1)], 1)

    yield "poolings", Small(poolings, c=conv(3, 4), d=conv(12, 7, 1)), 13, {}
    yield "poolings-unfolded", Small(poolings, c=conv(3, 4), d=conv(12, 7, 1)), 9, dict(folding=False)

    def head(m, x):
        x = m.c(x).view(x.size(0), -1)
        x = m.n(nn.functional.relu(m.a(x)))
        return nn.functional.normalize(m.b(x))

    yield "flatten-normalize", Small(
        head, c=conv(3, 4, stride=8), a=nn.Linear(4 * 16, 12), n=nn.BatchNorm1d(12),
        b=nn.Linear(12, 9, bias=False)), 13, {}
    yield "flatten-dynamic", Small(
        head, c=conv(3, 4, stride=8), a=nn.Linear(4 * 16, 12), n=nn.BatchNorm1d(12), b=nn.Linear(12, 9)), 11, dict(
            dynamic={"input": {0: "n", 2: "h", 3: "w"}}, folding=False)

    def flat_activation(m, x):
        x = nn.functional.relu(torch.flatten(m.c(x), 1))
        return m.a(m.n(x))

    yield "flatten-activation", Small(
        flat_activation, c=conv(3, 4, stride=8), n=nn.BatchNorm1d(64), a=nn.Linear(64, 5)), 13, {}

    def means(m, x):
        x = m.c(x)
        return torch.cat([x.mean(3).mean(2), x.flatten(2).mean(2), x.flatten(2).max(2)[0][:, :]], 1)

    yield "means", Small(
        lambda m, x: torch.cat([m.c(x).mean(3).mean(2), m.c(x).flatten(2).mean(2)], 1), c=conv(3, 4)), 13, {}

    mean = torch.tensor([123.675, 116.28, 103.53]).view(1, 3, 1, 1)
    std = torch.tensor([58.395, 57.12, 57.375]).view(1, 3, 1, 1)
    yield "raw-input", Small(lambda m, x: pooled(m.c((x - mean) / std)), c=conv(3, 4)), 13, dict(raw=True)
    yield "reversed-input", Small(
        lambda m, x: pooled(m.c((x[:, [2, 1, 0]] - torch.tensor([103.939, 116.779, 123.68]).view(3, 1, 1)))),
        c=conv(3, 4)), 13, dict(raw=True)


def smalls():
    for name, model, opset, options in small_modules():
        size = (37, 35) if "poolings" in name else (32, 32)
        raw = options.pop("raw", False)
        exported = export(fill(model), size, opset, options.pop("dynamic", None), **options)
        normalized = {"normalized": True} if name.startswith(("flatten-normalize", "flatten-dynamic")) else {}
        save(name, exported, size, raw=raw, **normalized)


# Graphs of the newest opsets, which torch 1.13 does not write.


def weight(name, *shape, kind=np.float32):
    return numpy_helper.from_array(seeded.tensor(name, shape).astype(kind), name)


def ints(name, *values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def graph(name, nodes, tensors, opset, output, layout="NCHW", size=(24, 20), type=TensorProto.FLOAT, ir=8):
    shape = ["n", 3, *size] if layout == "NCHW" else ["n", *size, 3]
    made = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", type, shape)],
        [helper.make_tensor_value_info("y", type, output)], tensors)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], producer_name="goldens")
    model.ir_version = ir
    onnx.checker.check_model(model, full_check=True)
    return model


def newest():
    node = helper.make_node
    conv = [node("Conv", ["x", "c.weight", "c.bias"], ["c"], auto_pad="SAME_UPPER", strides=[2, 2]),
            node("HardSwish", ["c"], ["h"]),
            node("Conv", ["h", "d.weight"], ["d"], auto_pad="SAME_LOWER", strides=[2, 2]),
            node("Gelu", ["d"], ["g"])]
    tensors = [weight("c.weight", 6, 3, 3, 3), weight("c.bias", 6), weight("d.weight", 8, 6, 4, 4)]
    tail = [node("Clip", ["g", "low", "high"], ["r"]), node("ReduceMean", ["r", "axes"], ["m"], keepdims=0),
            node("MatMul", ["m", "e.weight"], ["p"]), node("Add", ["p", "e.bias"], ["y"])]
    more = [numpy_helper.from_array(np.float32(0), "low"), numpy_helper.from_array(np.float32(6), "high"),
            ints("axes", -2, -1), weight("e.weight", 8, 5), weight("e.bias", 5)]
    for opset in (20, 21, 23, 26):
        save(f"opset-{opset}", graph("g", conv + tail, tensors + more, opset, [None, 5], ir=10), (24, 20))
    swish = [node("Conv", ["x", "c.weight", "c.bias"], ["c"], auto_pad="SAME_UPPER", strides=[2, 2]),
             node("Swish", ["c"], ["g"]), node("GlobalAveragePool", ["g"], ["p"]), node("Flatten", ["p"], ["f"]),
             node("LpNormalization", ["f"], ["y"], axis=1, p=2)]
    # onnxruntime may not have the operation: x · σ(x) by its definition.
    model = graph("g", swish, tensors[:2], 24, [None, 6], ir=11)
    plain = graph("g", swish[:1] + [node("Sigmoid", ["c"], ["s"]), node("Mul", ["c", "s"], ["g"])] + swish[2:],
                  tensors[:2], 21, [None, 6], ir=10)
    x = pixels((24, 20))
    np.save(path("swish-24.npy"), run(plain, x)[0])
    write("swish-24.onnx", model.SerializeToString())
    CASES.append(dict(id="swish-24", height=24, width=20, normalized=True))
    # What tf2onnx writes: NHWC at both ends, a transpose at each.
    channels_last = [
        node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]), node("Mul", ["t", "scale"], ["u"]),
        node("Sub", ["u", "one"], ["v"]),
        node("Pad", ["v", "pads"], ["w"]), node("Conv", ["w", "c.weight", "c.bias"], ["c"], strides=[4, 4]),
        node("Transpose", ["c"], ["l"], perm=[0, 2, 3, 1]), node("Relu", ["l"], ["r"]),
        node("Add", ["r", "d.bias"], ["a"]), node("Reshape", ["a", "shape"], ["f"]),
        node("MatMul", ["f", "e.weight"], ["p"]), node("Add", ["p", "e.bias"], ["q"]), node("Softmax", ["q"], ["y"])]
    last = [weight("c.weight", 6, 3, 3, 3), weight("c.bias", 6), weight("d.bias", 6),
            ints("pads", 0, 0, 0, 0, 0, 0, 1, 1), ints("shape", -1, 180), weight("e.weight", 180, 5),
            weight("e.bias", 5), numpy_helper.from_array(np.float32(1 / 127.5), "scale"),
            numpy_helper.from_array(np.float32(1), "one")]
    model = graph("g", channels_last, last, 13, [None, 5], layout="NHWC")
    save("channels-last", model, (24, 20), layout="NHWC", raw=True, softmax=True)
    # Every type of numbers, and every field that holds them.
    types()


def types():
    node = helper.make_node

    def typed(name, kind, shape, raw):
        values = seeded.tensor(name, shape)
        if kind == TensorProto.BFLOAT16:
            bits = (values.view(np.uint32) >> 16).astype(np.uint16)
            if raw:
                return helper.make_tensor(name, kind, shape, bits.tobytes(), raw=True)
            tensor = TensorProto(name=name, data_type=kind, dims=shape)
            tensor.int32_data.extend(int(v) for v in bits.reshape(-1))
            return tensor
        values = values.astype({TensorProto.FLOAT: np.float32, TensorProto.DOUBLE: np.float64,
                                TensorProto.FLOAT16: np.float16}[kind])
        return helper.make_tensor(name, kind, shape, values.tobytes() if raw else values.reshape(-1), raw=raw)

    nodes, tensors, last = [], [], "x"
    for index, kind in enumerate([TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16]):
        for raw in (True, False):
            name = f"w{index}{'r' if raw else 't'}.weight"
            tensors.append(typed(name, kind, (3, 3, 1, 1), raw))
            nodes += [node("Cast", [name], [name + "f"], to=TensorProto.FLOAT),
                      node("Conv", [last, name + "f"], [name + "c"])]
            last = name + "c"
    tensors.append(helper.make_tensor("axes", TensorProto.INT64, [2], [2, 3]))
    nodes += [node("ReduceMean", [last, "axes"], ["y"], keepdims=0)]
    save("types", graph("g", nodes, tensors, 18, [None, 3]), (24, 20))


def main():
    networks()
    smalls()
    newest()
    with zipfile.ZipFile(path("networks.zip"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in NETWORKS.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    with open(path("cases.json"), "w") as file:
        json.dump(CASES, file, indent=1)
        file.write("\n")
    manifest()


def manifest():
    import hashlib
    import platform
    lines = [
        "Made by make_goldens.py with ../torch/seeded.py; the networks' weights are not stored.",
        f"python {platform.python_version()} numpy {np.__version__} torch {torch.__version__} torchvision "
        f"{torchvision.__version__} onnx {onnx.__version__} onnxruntime {onnxruntime.__version__}",
        "command: python3 make_goldens.py"]
    for name in sorted(os.listdir(HERE)):
        if name != "MANIFEST" and os.path.isfile(path(name)):
            lines.append(f"{hashlib.sha256(open(path(name), 'rb').read()).hexdigest()}  {name}")
    open(path("MANIFEST"), "w").write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
