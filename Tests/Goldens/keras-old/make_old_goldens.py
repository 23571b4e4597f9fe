"""Makes goldens.zip and MANIFEST: networks that keras.applications had once, or has by an argument.

ResNet50 with the layer names of Keras up to 2.2, in the three forms that it had before its first block, written here with
tf_keras' layers; MobileNetV3 with minimalistic=True. Weights are ../keras/kerasseed.py's, none are stored. Members as
../keras/make_goldens.py describes them; `bare` of a case are the layers without weights that its .h5 file names.
Usage: python make_old_goldens.py
"""
import hashlib, json, os, sys, zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../keras"))
import make_goldens as goldens  # noqa: E402

keras, tf_keras = goldens.keras, goldens.tf_keras


def resnet50(side, stem, pads_pooling):
    """`stem` is the layer that pads by three; nothing stands for SAME."""
    l = tf_keras.layers

    def pair(x, filters, kernel, strides, place):
        x = l.Conv2D(filters, kernel, strides=strides, padding="same" if kernel > 1 else "valid",
                     name=f"res{place}")(x)
        return l.BatchNormalization(name=f"bn{place}")(x)

    i = x = tf_keras.Input((side, side, 3))
    if stem:
        x = l.ZeroPadding2D(3, name=stem)(x)
    x = l.Conv2D(64, 7, strides=2, padding="valid" if stem else "same", name="conv1")(x)
    x = l.Activation("relu")(l.BatchNormalization(name="bn_conv1")(x))
    if pads_pooling:
        x = l.ZeroPadding2D(1, name="pool1_pad")(x)
    x = l.MaxPooling2D(3, strides=2)(x)
    for stage, letters in ((2, "abc"), (3, "abcd"), (4, "abcdef"), (5, "abc")):
        filters = 64 << (stage - 2)
        for letter in letters:
            first = letter == "a"
            strides = 2 if first and stage > 2 else 1
            place = f"{stage}{letter}_branch"
            shortcut = pair(x, 4 * filters, 1, strides, place + "1") if first else x
            y = l.Activation("relu")(pair(x, filters, 1, strides, place + "2a"))
            y = l.Activation("relu")(pair(y, filters, 3, 1, place + "2b"))
            y = pair(y, 4 * filters, 1, 1, place + "2c")
            x = l.Activation("relu")(l.add([y, shortcut]))
    return tf_keras.Model(i, l.GlobalAveragePooling2D()(x), name="resnet50")


def add(identifier, library, model, application, preset, side):
    goldens.fill(model)
    bare = [layer.name for layer in model.layers if not layer.weights]
    expected = goldens.run(model, side, side, batch=goldens.PREPROCESS[preset])
    goldens.add(identifier, library, model, expected, config=False, application=application, preset=preset,
                side=side, kind="old", bare=bare)
    print(identifier, model.count_params())


def main():
    for identifier, stem, pads_pooling in (("resnet50-first", "zero_padding2d_1", False), ("resnet50-same", None, False),
                                           ("resnet50-padded", "conv1_pad", True)):
        tf_keras.backend.clear_session()
        add(identifier, tf_keras, resnet50(65, stem, pads_pooling), "resnet50", "caffe", 65)
    for size in ("Small", "Large"):
        for library, suffix in ((keras, ""), (tf_keras, "-keras2")):
            library.backend.clear_session()
            model = getattr(library.applications, f"MobileNetV3{size}")(
                weights=None, include_top=False, pooling="avg", input_shape=(64, 64, 3), minimalistic=True)
            name = f"mobilenetv3{size.lower()}-minimalistic"
            add(name + suffix, library, model, name, "raw", 64)
    members = goldens.members
    members["cases.json"] = json.dumps(goldens.cases, sort_keys=True, separators=(",", ":")).encode()
    index, bundle = {}, b""
    for name in sorted(members, key=lambda name: (name.split(".", 1)[1], name)):
        index[name] = [len(bundle), len(members[name])]
        bundle += members[name]
    path = f"{HERE}/goldens.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, data in (("bundle", bundle), ("index.json", json.dumps(index, separators=(",", ":")).encode())):
            file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED, 9)
    digest = hashlib.sha256(open(path, "rb").read()).hexdigest()
    open(f"{HERE}/MANIFEST", "w").write(
        "Made by make_old_goldens.py with ../keras/make_goldens.py and kerasseed.py; no weights are stored here.\n"
        f"python {sys.version.split()[0]} numpy {goldens.np.__version__} tensorflow {goldens.tf.__version__} "
        f"keras {keras.__version__} tf_keras {tf_keras.__version__} h5py {goldens.h5py.__version__}\n"
        f"command: python make_old_goldens.py\n{digest}  goldens.zip\n")


if __name__ == "__main__":
    main()
