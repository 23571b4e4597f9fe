"""Makes goldens.zip, files.zip and MANIFEST, from Keras 3 and tf_keras (Keras 2's code).

No weights of the applications are stored: kerasseed.py makes them from their names, KerasSeed.swift the same ones.
goldens.zip holds, in one bundle with an index, cases.json and for each case:
  ID.weights.txt    the variables in the order of a .h5 file: group, variable, shape
  ID.config.json    the model's configuration, where the case has one, without initializers, regularizers, shapes
  ID.published.f32  of EfficientNet, with the preprocessing of weights="imagenet"
  ID.embedding.f32  the expected result, little-endian, the first 128 values; of a layer all
files.zip holds small whole files as Keras wrote them, with the results in goldens.zip.
Usage: python make_goldens.py
"""
import hashlib, io, json, os, sys, zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import h5py, keras, numpy as np, tensorflow as tf, tf_keras

from kerasseed import picture, tensor

HERE = os.path.dirname(os.path.abspath(__file__))
members, cases = {}, []


def base(variable):
    name = (variable.path if hasattr(variable, "path") else variable.name).split(":")[0]
    return name.split("/")[-1]


def fill(model, tensor=tensor):
    """Seeds every variable by its layer's name."""
    def visit(layer):
        inner = getattr(layer, "layers", None)
        if inner:
            for each in inner:
                visit(each)
            return
        for variable in layer.weights:
            name = base(variable)
            if name in ("seed_generator_state", "StateVar", "count"):
                continue
            if type(layer).__name__ == "DepthwiseConv2D" and name == "kernel":
                name = "depthwise_kernel"
            variable.assign(tensor(f"{layer.name}/{name}", tuple(variable.shape)))
        if hasattr(layer, "finalize_state") and layer.weights:
            layer.finalize_state()
    visit(model)


def listed(model):
    """The lines of a legacy .h5 file of this model."""
    path = "/tmp/keras-golden.h5"
    if os.path.exists(path): os.remove(path)
    _save_h5(model, path)
    lines = []
    with h5py.File(path) as file:
        root = file["model_weights"] if "model_weights" in file else file
        for group in _strings(root, "layer_names"):
            for name in _strings(root[group], "weight_names"):
                shape = ",".join(str(side) for side in root[group][name].shape) or "-"
                lines.append(f"{group} {name} {shape}")
    return "\n".join(lines) + "\n"


def _save_h5(model, path):
    if model.__class__.__module__.startswith("tf_keras"):
        model.save_weights(path)
    else:
        model.save(path)


def _strings(group, name):
    if name in group.attrs:
        return [v.decode() if isinstance(v, bytes) else v for v in group.attrs[name]]
    parts, number = [], 0
    while f"{name}{number}" in group.attrs:
        parts += [v.decode() if isinstance(v, bytes) else v for v in group.attrs[f"{name}{number}"]]
        number += 1
    return parts


def run(model, height, width, count=128, batch=None):
    pixels = picture(height, width).astype(np.float32)[None]
    result = np.asarray(model(pixels if batch is None else batch(pixels), training=False)).reshape(-1)
    assert np.isfinite(result).all() and np.abs(result).max() > 1e-3
    return result[:count].astype("<f4").tobytes()


PREPROCESS = {
    "caffe": lambda x: x[..., ::-1] - np.array([103.939, 116.779, 123.68], np.float32),
    "tf": lambda x: x / np.float32(127.5) - np.float32(1),
    "torch": lambda x: (x / np.float32(255) - np.array([0.485, 0.456, 0.406], np.float32))
    / np.array([0.229, 0.224, 0.225], np.float32),
    "raw": lambda x: x,
}

# Name, constructor, preprocessing, side, whether the embedding is computed here too, keyword arguments.
APPLICATIONS = [
    ("resnet50", "ResNet50", "caffe", 64, True, {}),
    ("resnet101", "ResNet101", "caffe", 64, False, {}),
    ("resnet152", "ResNet152", "caffe", 64, False, {}),
    ("resnet50v2", "ResNet50V2", "tf", 75, True, {}),
    ("resnet101v2", "ResNet101V2", "tf", 64, False, {}),
    ("resnet152v2", "ResNet152V2", "tf", 64, False, {}),
    ("efficientnetb0", "EfficientNetB0", "raw", 64, True, {}),
    ("efficientnetb1", "EfficientNetB1", "raw", 64, False, {}),
    ("efficientnetb2", "EfficientNetB2", "raw", 63, True, {}),
    ("efficientnetb3", "EfficientNetB3", "raw", 64, False, {}),
    ("efficientnetb4", "EfficientNetB4", "raw", 64, False, {}),
    ("efficientnetb5", "EfficientNetB5", "raw", 64, False, {}),
    ("efficientnetb6", "EfficientNetB6", "raw", 64, False, {}),
    ("efficientnetb7", "EfficientNetB7", "raw", 64, False, {}),
    ("efficientnetv2b0", "EfficientNetV2B0", "raw", 64, True, {}),
    ("efficientnetv2b1", "EfficientNetV2B1", "raw", 64, False, {}),
    ("efficientnetv2b2", "EfficientNetV2B2", "raw", 64, False, {}),
    ("efficientnetv2b3", "EfficientNetV2B3", "raw", 64, False, {}),
    ("efficientnetv2s", "EfficientNetV2S", "raw", 64, False, {}),
    ("efficientnetv2m", "EfficientNetV2M", "raw", 64, False, {}),
    ("efficientnetv2l", "EfficientNetV2L", "raw", 64, False, {}),
    ("inceptionv3", "InceptionV3", "tf", 96, True, {}),
    ("mobilenet", "MobileNet", "tf", 64, True, {}),
    ("mobilenet-half", "MobileNet", "tf", 65, True, {"alpha": 0.5}),
    ("mobilenetv2", "MobileNetV2", "tf", 64, True, {}),
    ("mobilenetv2-35", "MobileNetV2", "tf", 65, True, {"alpha": 0.35}),
    ("mobilenetv3small", "MobileNetV3Small", "raw", 64, True, {}),
    ("mobilenetv3large", "MobileNetV3Large", "raw", 65, True, {}),
    ("densenet121", "DenseNet121", "torch", 64, True, {}),
    ("densenet169", "DenseNet169", "torch", 64, False, {}),
    ("densenet201", "DenseNet201", "torch", 64, False, {}),
    ("xception", "Xception", "tf", 75, True, {}),
]
WITH_CONFIG = {"resnet50", "resnet50v2", "efficientnetb0", "efficientnetv2b0", "inceptionv3", "mobilenet-half",
               "mobilenetv2-35", "mobilenetv3small", "densenet121", "xception"}
TONE = 0.9


def bare(value):
    """Without what says nothing about the graph, to keep the archive small."""
    if isinstance(value, list):
        return [bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") == "__keras_tensor__":
        return {"class_name": "__keras_tensor__", "config": {"keras_history": value["config"]["keras_history"]}}
    dropped = ("_initializer", "_regularizer", "_constraint", "build_config", "dtype")
    return {key: bare(each) for key, each in value.items() if not key.endswith(dropped)}


WITH_KERAS2 = {"resnet50", "efficientnetb0", "inceptionv3", "mobilenet-half", "mobilenetv2-35", "mobilenetv3small"}


def add(identifier, library, model, expected, config=True, **fields):
    members[f"{identifier}.weights.txt"] = listed(model).encode()
    if config:
        text = bare(json.loads(model.to_json()))
        members[f"{identifier}.config.json"] = json.dumps(text, sort_keys=True, separators=(",", ":")).encode()
    if expected is not None:
        members[f"{identifier}.embedding.f32"] = expected
    cases.append({"id": identifier, "version": library.__version__ if library is keras else "2.15.0", **fields})


def published(pixels):
    """What EfficientNet's extra Rescaling of weights="imagenet" does, done to its input instead."""
    variance, mean = np.array([0.229, 0.224, 0.225], np.float32), np.array([0.485, 0.456, 0.406], np.float32)
    return np.float32(255) * (mean + (pixels / np.float32(255) - mean) / np.sqrt(variance))


def toned(name, shape):
    """With factors around 1 the maps of an EfficientNetV2 grow so much that Keras' own Float32 is off by 1e-3."""
    values = tensor(name, shape)
    return values * np.float32(TONE) if name.endswith("/gamma") else values


def applications():
    for identifier, name, preset, side, computes, arguments in APPLICATIONS:
        for library, suffix in ((keras, ""), (tf_keras, "-keras2")):
            if library is tf_keras and identifier not in WITH_KERAS2:
                continue
            library.backend.clear_session()
            if name == "InceptionV3" and library is tf_keras:
                # Another session's numbers: conv2d_3 is the first.
                for _ in range(3): library.layers.Conv2D(1, 1), library.layers.BatchNormalization()
            model = getattr(library.applications, name)(
                weights=None, include_top=False, pooling="avg", input_shape=(side, side, 3), **arguments)
            fields = {}
            if computes and identifier.startswith("efficientnetv2"):
                fill(model, toned)
                fields["tone"] = TONE
            elif computes:
                fill(model)
            expected = run(model, side, side, batch=PREPROCESS[preset]) if computes else None
            if computes and identifier.startswith("efficientnetb"):
                members[f"{identifier}{suffix}.published.f32"] = run(model, side, side, batch=published)
            add(identifier + suffix, library, model, expected, config=identifier in WITH_CONFIG,
                application=name.lower(), preset=preset, side=side, kind="application", **fields)
            print(identifier + suffix, model.count_params())


def small(library, h):
    """Every part that people put together: nested models, shared layers, squeeze-and-excitation, a head."""
    l = library.layers
    b = library.Input((None, None, 3))
    x = l.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="stem")(b)
    x = l.BatchNormalization(name="stem_bn")(x)
    x = l.Activation("swish")(x)
    g = l.GlobalAveragePooling2D(keepdims=True)(x)
    g = l.Conv2D(2, 1, activation="relu", name="reduce")(g)
    g = l.Conv2D(8, 1, activation="sigmoid", name="expand")(g)
    x = l.Multiply()([x, g])
    y = l.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    y = l.BatchNormalization(name="depthwise_bn", scale=False)(y)
    x = l.Add()([x, y])
    s = library.Sequential([l.Conv2D(6, 1, name="inner"), l.LeakyReLU(0.1)], name="projection")
    shared = l.Conv2D(6, 3, padding="same", name="shared")
    z = s(x)
    z = shared(shared(z))
    x = l.Concatenate()([x, z])
    base = library.Model(b, x, name="backbone")
    base.trainable = h != "frozen"
    i = library.Input((32, 32, 3), name="picture")
    x = l.RandomFlip()(i)
    x = l.Rescaling(1 / 127.5, offset=-1)(x)
    x = base(x, training=False)
    x = l.GlobalAveragePooling2D()(x)
    x = l.Dropout(0.2)(x)
    x = l.Dense(128, activation="relu", name="embed")(x)
    if h == "classifier":
        x = l.Dense(5, activation="softmax", name="classes")(x)
    return library.Model(i, x, name="whole")


def embedding(library, model):
    return library.Model(model.inputs, model.get_layer("embed").output)


def coarse(name, shape):
    """As tensor, in multiples of 1/64, so that the files can be compressed."""
    return np.round(tensor(name, shape) * 64) / 64 + (1 if name.endswith("variance") else 0)


def files():
    saved = {}

    def save(write, name):
        path = f"/tmp/keras-golden-{name}"
        write(path)
        saved[name] = open(path, "rb").read()

    for library, label in ((keras, "keras3"), (tf_keras, "keras2")):
        for variant in ("plain", "frozen", "classifier"):
            library.backend.clear_session()
            model = small(library, variant)
            fill(model, coarse)
            if variant == "classifier":
                model.compile("adam", "mse")
                before = [w.numpy() for w in model.weights]
                model.fit(np.zeros((1, 32, 32, 3), np.float32), np.zeros((1, 5), np.float32), verbose=0)
                for weight, value in zip(model.weights, before):
                    weight.assign(value)
            elif variant == "plain":
                save(model.save_weights, f"{label}.weights.h5")
                if library is tf_keras:
                    save(model.save_weights, "keras2-weights.h5")
            name = f"{label}-{variant}"
            members[f"{name}.embedding.f32"] = run(embedding(library, model), 32, 32)
            # With the optimizer's state, which is large: one of each container.
            if (label, variant) != ("keras3", "classifier"):
                save(model.save, f"{name}.h5")
            if variant != "frozen" and (label, variant) != ("keras2", "classifier"):
                save(model.save, f"{name}.keras")
    for library, label in ((keras, "keras3"), (tf_keras, "keras2")):
        # An application's weights alone, as keras.applications distributes them, with a head of one's own.
        library.backend.clear_session()
        base = library.applications.MobileNet(
            weights=None, include_top=False, pooling="avg", input_shape=(32, 32, 3), alpha=0.0625)
        model = library.Model(base.input, library.layers.Dense(20, name="embed", activation="relu")(base.output))
        fill(model, coarse)
        members[f"{label}-mobilenet.embedding.f32"] = run(model, 32, 32, batch=PREPROCESS["tf"])
        if library is keras:
            save(model.save_weights, f"{label}-mobilenet.weights.h5")
        else:
            save(model.save_weights, f"{label}-mobilenet.h5")
    pack("files.zip", saved)


def pack(name, contents):
    with zipfile.ZipFile(f"{HERE}/{name}", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for member in sorted(contents):
            archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), contents[member],
                             compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)


def layer_cases():
    """Each layer alone or in a small chain: configuration, weights by name, result."""
    def case(library, identifier, build, side=(9, 8)):
        library.backend.clear_session()
        i = library.Input((*side, 3), name="picture")
        model = library.Model(i, build(library.layers, i, library))
        fill(model)
        label = "" if library is keras else "-keras2"
        add(f"layer-{identifier}{label}", library, model, run(model, *side, count=512), kind="layer",
            height=side[0], width=side[1])

    def conv(l, x, n=4, **k):
        k.setdefault("name", "conv")
        return l.Conv2D(n, 1, **k)(x / 64 if False else l.Rescaling(1 / 64, -2)(x))

    simple = {
        "conv-same-stride": lambda l, i, k: l.Conv2D(5, (3, 4), strides=(2, 3), padding="same")(i),
        "conv-dilated": lambda l, i, k: l.Conv2D(5, 3, dilation_rate=2, padding="same")(i),
        "conv-groups": lambda l, i, k: l.Conv2D(6, 3, groups=2, name="g")(conv(l, i)),
        "depthwise-multiplier": lambda l, i, k: l.DepthwiseConv2D(3, depth_multiplier=2, strides=2, padding="same")(i),
        "separable": lambda l, i, k: l.SeparableConv2D(5, 3, depth_multiplier=2, padding="same", strides=2)(i),
        "norm": lambda l, i, k: l.BatchNormalization(epsilon=0.01, center=False)(conv(l, i)),
        "norm-vector": lambda l, i, k: l.BatchNormalization()(l.Dense(5)(l.GlobalAveragePooling2D()(conv(l, i)))),
        "prelu": lambda l, i, k: l.PReLU(shared_axes=[1, 2], name="p")(conv(l, i)),
        "leaky": lambda l, i, k: l.LeakyReLU()(conv(l, i)),
        "relu-slope": lambda l, i, k: l.ReLU(negative_slope=0.25)(conv(l, i)),
        "hard-sigmoid": lambda l, i, k: conv(l, i, activation="hard_sigmoid"),
        "activations": lambda l, i, k: l.Concatenate()(
            [conv(l, i, activation=a, name=f"conv_{a}") for a in
             ("relu", "relu6", "swish", "sigmoid", "tanh", "gelu", "linear")]),
        "pool-max-same": lambda l, i, k: l.MaxPooling2D(3, strides=2, padding="same")(conv(l, i)),
        "pool-average-same": lambda l, i, k: l.AveragePooling2D(3, strides=2, padding="same")(conv(l, i)),
        "pool-average-valid": lambda l, i, k: l.AveragePooling2D((2, 3))(conv(l, i)),
        "global-max": lambda l, i, k: l.GlobalMaxPooling2D()(conv(l, i)),
        "zero-padding": lambda l, i, k: l.ZeroPadding2D(((0, 1), (2, 3)))(conv(l, i)),
        "subtract": lambda l, i, k: l.Subtract()([conv(l, i), conv(l, i, name="other")]),
        "flatten": lambda l, i, k: l.Dense(7)(l.Flatten()(conv(l, i))),
        "reshape": lambda l, i, k: l.Conv2D(3, 1)(l.Reshape((1, 1, 4))(l.GlobalAveragePooling2D()(conv(l, i)))),
        "reshape-flat": lambda l, i, k: l.Dense(3)(l.Reshape((-1,))(conv(l, i))),
        "dense-map": lambda l, i, k: l.Dense(3, activation="relu")(conv(l, i)),
        "rescaling-list": lambda l, i, k: l.Conv2D(3, 1)(l.Rescaling([0.1, 0.2, 0.3], offset=[1.0, 2.0, 3.0])(i)),
        "normalization": lambda l, i, k: l.Conv2D(3, 1)(l.Normalization(mean=[100., 110., 120.], variance=[4., 9., 16.])(i)),
        "normalization-weights": lambda l, i, k: l.Conv2D(3, 1)(l.Normalization()(i)),
        "unit": lambda l, i, k: l.UnitNormalization()(l.GlobalAveragePooling2D()(conv(l, i, 6))),
        "nested-twice": nested_twice,
        "caffe": lambda l, i, k: l.Conv2D(3, 3)(k.applications.resnet.preprocess_input(i)),
        "tf": lambda l, i, k: l.Conv2D(3, 3)(k.applications.mobilenet_v2.preprocess_input(i)),
    }
    for identifier, build in simple.items():
        for library in (keras, tf_keras):
            case(library, identifier, build)
    case(keras, "ops", lambda l, i, k: ops3(l, conv(l, i), k))
    case(keras, "activation-layer", lambda l, i, k: conv(l, i, activation=k.layers.LeakyReLU(0.1)))
    case(tf_keras, "ops", lambda l, i, k: ops2(l, conv(l, i)))
    case(keras, "hard-silu", lambda l, i, k: conv(l, i, activation="hard_silu"))
    for library in (keras, tf_keras):
        library.backend.clear_session()
        model = library.Sequential([
            library.layers.Input((9, 8, 3)) if library is keras else library.layers.InputLayer((9, 8, 3)),
            library.layers.Conv2D(4, 3, name="a"), library.layers.ReLU(6.0), library.layers.MaxPooling2D(),
            library.layers.Flatten(), library.layers.Dense(6, name="b", activation="tanh")])
        fill(model)
        add("layer-sequential" + ("" if library is keras else "-keras2"), library, model,
            run(model, 9, 8, count=512), kind="layer", height=9, width=8)


def nested_twice(l, i, k):
    a = k.Input((None, None, 4))
    b = k.Input((None, None, 4))
    inner = k.Model([a, b], [l.Add()([l.Conv2D(4, 1, name="left")(a), b]), l.Conv2D(4, 1, name="right")(b)], name="two")
    c = l.Conv2D(4, 1, name="first")(l.Rescaling(1 / 64, -2)(i))
    p, q = inner([c, l.ReLU()(c)])
    r, s = inner([q, p])
    return l.Add()([r, l.ReLU()(s)])


def ops3(l, x, k):
    y = k.ops.relu6(x + 3.0) * (1 / 6.0)
    y = x * y
    y = l.Concatenate()([y * k.ops.sigmoid(y), 2 * y - 1.0, 1.0 - y, y / 4.0])
    y = k.ops.concatenate([y, k.ops.tanh(y)], axis=-1)
    y = k.ops.mean(y, axis=[1, 2])
    return k.ops.normalize(y)


def ops2(l, x):
    y = tf.nn.relu6(x + 3.0) * (1 / 6.0)
    y = x * y
    y = l.Concatenate()([y * tf.sigmoid(y), 2 * y - 1.0, 1.0 - y, y / 4.0])
    y = tf.concat([y, tf.tanh(y)], axis=-1)
    y = tf.reduce_mean(y, axis=[1, 2])
    return tf.math.l2_normalize(y, axis=1)


def recipes():
    """What people do: pooled features, a head of 128, the whole classifier; at the full size."""
    for identifier, side in (("recipe-pooled", 224), ("recipe-head", 64), ("recipe-classifier", 64)):
        keras.backend.clear_session()
        top = identifier == "recipe-classifier"
        i = keras.Input((side, side, 3))
        base = keras.applications.ResNet50(
            weights=None, include_top=top, pooling=None if top else "avg", input_shape=(side, side, 3))
        x = base(i)
        if identifier == "recipe-head":
            x = keras.layers.Dense(128, activation="relu", name="embed")(x)
        model = base if identifier != "recipe-head" else keras.Model(i, x)
        fill(model)
        features = model if not top else keras.Model(model.inputs, model.get_layer("avg_pool").output)
        expected = run(features, side, side, batch=PREPROCESS["caffe"])
        if top:
            logits = keras.Model(model.inputs, keras.ops.dot(
                model.get_layer("avg_pool").output, model.get_layer("predictions").kernel)
                + model.get_layer("predictions").bias)
            members[f"{identifier}.logits.f32"] = run(logits, side, side, batch=PREPROCESS["caffe"])
        add(identifier, keras, model, expected, kind="recipe", side=side)


def main():
    files()
    layer_cases()
    recipes()
    applications()
    members["cases.json"] = json.dumps(cases, sort_keys=True, separators=(",", ":")).encode()
    # One stream, the like beside the like, is half as large as many.
    ordered = sorted(members, key=lambda name: (name.split(".", 1)[1], name))
    index, bundle = {}, b""
    for name in ordered:
        index[name] = [len(bundle), len(members[name])]
        bundle += members[name]
    pack("goldens.zip", {"bundle": bundle, "index.json": json.dumps(index, separators=(",", ":")).encode()})
    lines = [
        "Made by make_goldens.py with kerasseed.py; no weights of the applications are stored here.",
        f"python {sys.version.split()[0]} numpy {np.__version__} tensorflow {tf.__version__} keras {keras.__version__} "
        f"tf_keras {tf_keras.__version__} h5py {h5py.__version__}",
        "command: python make_goldens.py",
    ]
    for name in sorted(os.listdir(HERE)):
        if name.endswith(".zip"):
            digest = hashlib.sha256(open(f"{HERE}/{name}", "rb").read()).hexdigest()
            lines.append(f"{digest}  {name}")
    open(f"{HERE}/MANIFEST", "w").write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
