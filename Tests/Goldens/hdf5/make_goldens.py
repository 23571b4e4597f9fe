"""Writes the small HDF5 files of this folder and what they hold.

Run once with each library, the files are named after it:
    /usr/bin/python3 make_goldens.py        Debian's python3-h5py, HDF5 1.10
    python3 make_goldens.py                 h5py 3.16 from its wheel, HDF5 2.0
The last run writes MANIFEST. All numbers are small fractions that every type holds exactly.
"""
import ctypes
import hashlib
import json
import os
import sys

import h5py
import numpy as np

folder = os.path.dirname(os.path.abspath(__file__))
library = "v" + ".".join(str(part) for part in h5py.version.hdf5_version_tuple[:2])
expected = {}


def numbers(*shape, start=0):
    count = int(np.prod(shape))
    return (((np.arange(count, dtype=np.float64) * 7 + start) % 61 - 30) / 8).reshape(shape)


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array, dtype="<f4").tobytes()).hexdigest()


def texts(array):
    """The digest of all texts, a zero after each."""
    whole = [x if isinstance(x, bytes) else str(x).encode() for x in np.asarray(array).ravel()]
    return hashlib.sha256(b"".join(text + b"\0" for text in whole)).hexdigest()


def value(data):
    array = np.zeros(0, data.dtype) if isinstance(data, h5py.Empty) else np.asarray(data)
    shape = [0] if isinstance(data, h5py.Empty) else list(array.shape)
    if array.dtype.kind in "OSU":
        return {"shape": shape, "texts": texts(array)}
    return {"shape": shape, "numbers": digest(array)}


def attributes(item):
    return [{"name": name, **value(data)} for name, data in item.attrs.items()]


def record(name):
    """What h5py reads from the file that was written."""
    with h5py.File(os.path.join(folder, name), "r", track_order="ordered" in name) as file:
        objects = [{"path": "", "attributes": attributes(file), "names": texts(list(file))}]

        def visit(path, item):
            entry = {"path": path, "attributes": attributes(item)}
            if isinstance(item, h5py.Group):
                entry["names"] = texts(list(item))
            else:
                entry |= value(item[()])
            objects.append(entry)

        file.visititems(visit)
    expected[name] = objects


class Golden:
    def __init__(self, name, **options):
        self.name = f"{name}-{library}.h5"
        self.path = os.path.join(folder, self.name)
        self.options = options

    def __enter__(self):
        self.file = h5py.File(self.path, "w", **self.options)
        return self.file

    def __exit__(self, *error):
        self.file.close()
        if error[0] is None and not self.name.startswith("refused"):
            record(self.name)


def types(file):
    group = file.create_group("numbers")
    for code in ("f2", "f4", "f8", "i1", "i2", "i4", "i8"):
        for order in "<>":
            group[f"{order}{code}"] = (numbers(3, 5) * (1 if code[0] == "f" else 8)).astype(order + code)
    for code in ("u1", "u2", "u4", "u8"):
        for order in "<>":
            group[f"{order}{code}"] = np.abs(numbers(7) * 8).astype(order + code)
    group["bool"] = np.array([True, False, True])
    group["scalar"] = np.float32(0.375)
    group["empty"] = np.zeros((0, 3), np.float32)
    group["null"] = h5py.Empty("f4")
    group["half limits"] = np.array([2.0**-24, -(2.0**-15), 65504.0], "<f2")
    group["eight sides"] = numbers(1, 2, 1, 3, 1, 2, 1, 2).astype("f4")
    group.create_dataset("never written", (2, 3), "f4", fillvalue=0.5)
    group.create_dataset("never written zeros", (4,), "f4")
    group["long"] = numbers(2).astype("f4")
    words = file.create_group("texts")
    words["fixed"] = np.array([b"conv1", b"", b"bn/gamma:0"])
    words["variable"] = np.array(["conv1", "", "größer", "x" * 300], dtype=h5py.string_dtype())
    words["scalar"] = "one text"
    for padding, name in ((h5py.h5t.STR_NULLTERM, "terminated"), (h5py.h5t.STR_SPACEPAD, "spaces")):
        kind = h5py.h5t.C_S1.copy()
        kind.set_size(6)
        kind.set_strpad(padding)
        space = h5py.h5s.create_simple((2,))
        dataset = h5py.h5d.create(words.id, name.encode(), kind, space)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"abc", b"defgh"], "S6"))


def brain(file):
    """bfloat16: a type of the library's own making."""
    kind = h5py.h5t.IEEE_F32LE.copy()
    kind.set_fields(15, 7, 8, 0, 7)
    kind.set_size(2)
    kind.set_ebias(127)
    dataset = h5py.h5d.create(file.id, b"brain", kind, h5py.h5s.create_simple((9,)))
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers(9).astype("f4"))


def filtered(group, name, shape, chunks, **options):
    return group.create_dataset(name, data=numbers(*shape).astype(options.pop("type", "f4")), chunks=chunks, **options)


def layouts(file, extra):
    group = file.create_group("chunked")
    filtered(group, "edges", (5, 7, 3), (2, 3, 2))
    filtered(group, "deflated", (9, 11), (4, 5), compression="gzip")
    filtered(group, "checked", (9, 11), (4, 5), fletcher32=True)
    filtered(group, "odd checked", (3,), (3,), fletcher32=True, type="i1")
    filtered(group, "all filters", (33, 5), (8, 5), compression=9, shuffle=True, fletcher32=True)
    filtered(group, "one filtered chunk", (6, 5), (6, 5), compression=1, shuffle=True, type=">f8")
    filtered(group, "may grow", (5, 4), (2, 2), maxshape=(9, 11))
    filtered(group, "many rows", (130, 2), (1, 2), maxshape=(None, 2))
    part = group.create_dataset("partly written", (6, 6), "f4", chunks=(2, 2), fillvalue=-1.5)
    part[2:4, 4:6] = 3
    part[5, 0] = 0.25
    group.create_dataset("never written", (6, 6), "f4", chunks=(2, 2), fillvalue=-1.5)
    mixed = group.create_dataset("unfiltered chunk", (4, 4), "f4", chunks=(2, 4), compression="gzip")
    mixed[...] = numbers(4, 4)
    mixed.id.write_direct_chunk((0, 0), numbers(2, 4, start=3).astype("f4").tobytes(), filter_mask=1)
    names = np.array([b"a", b"bc", b"def", b"", b"g"])
    group.create_dataset("texts", data=names, chunks=(2,), compression="gzip")
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((3, 4))
    dataset = h5py.h5d.create(group.id, b"compact", h5py.h5t.IEEE_F32LE, space, compact)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers(3, 4).astype("f4"))
    if not extra:
        return
    filtered(group, "even", (4, 6), (2, 3))
    filtered(group, "shuffled", (9, 11), (4, 5), shuffle=True)
    filtered(group, "one chunk", (6, 5), (6, 5))
    filtered(group, "may grow without end", (5, 4), (2, 2), maxshape=(None, 4))
    filtered(group, "grows to the right", (2, 9), (1, 2), maxshape=(3, None), compression=1)
    filtered(group, "grows in both directions", (5, 4), (2, 2), maxshape=(None, None))
    filtered(group, "grows filtered", (5, 4), (2, 2), maxshape=(None, None), compression=1)
    group.create_dataset(
        "variable texts", data=np.array(["a", "bc", "def"], dtype=h5py.string_dtype()), chunks=(2,))


def indexes(file):
    """The chunk indexes of later formats."""
    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_chunk((2, 3))
    early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    space = h5py.h5s.create_simple((5, 4), (7, 7))
    dataset = h5py.h5d.create(file.id, b"implicit", h5py.h5t.IEEE_F32LE, space, early)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers(5, 4).astype("f4"))
    plain = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plain.set_chunk((4, 4))
    plain.set_deflate(6)
    plain.set_chunk_opts(h5py.h5d.DONT_FILTER_PARTIAL_CHUNKS) if hasattr(plain, "set_chunk_opts") else None
    dataset = h5py.h5d.create(file.id, b"edges", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((6, 7)), plain)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers(6, 7).astype("f4"))
    pages = file.create_dataset("pages", (1030,), "i1", chunks=(1,), fletcher32=True, fillvalue=3)
    pages[1020:] = np.arange(10)
    rows = file.create_dataset("endless", (140000,), "i1", chunks=(1,), maxshape=(None,), fillvalue=3)
    rows[0:20] = np.arange(20)
    rows[700:710] = np.arange(10)
    rows[139990:] = np.arange(10)
    grid = file.create_dataset("tree", (24, 24), "i1", chunks=(2, 2), maxshape=(None, None))
    grid[...] = np.arange(576).reshape(24, 24) % 97


def groups(file, count):
    """Many names; they lead to one object, which keeps the file small."""
    file["weights"] = numbers(2, 2).astype("f4")
    many = file.create_group("many")
    for index in range(count):
        many[f"layer_{index * 37 % count}"] = file["weights"]
    deep = file
    for index in range(6):
        deep = deep.create_group(f"level{index}")
    deep["kernel:0"] = numbers(3).astype("f4")


def attributes_of(file):
    file.attrs["layer_names"] = [b"conv1", b"bn1", b"predictions"]
    file.attrs["backend"] = "tensorflow"
    file.attrs["keras_version"] = b"2.4.0"
    file.attrs["model_config"] = ('{"class_name": "Functional", "config": [' + '"layer", ' * 120 + "0]}").encode()
    file.attrs["numbers"] = numbers(2, 3).astype("f4")
    file.attrs["count"] = 7
    file.attrs["empty"] = h5py.Empty("S1")
    file.attrs["no names"] = np.zeros((0,), "S3")
    group = file.create_group("conv1")
    group.attrs["weight_names"] = [b"conv1/kernel:0", b"conv1/bias:0"]
    group["kernel:0"] = numbers(3, 3, 3, 2).astype("f4")
    group["kernel:0"].attrs["unit"] = "none"
    kind = np.dtype("f4")
    file["type"] = kind
    group.attrs.create("shared type", numbers(3), dtype=file["type"])
    del file["type"]


def many_attributes(file):
    """More than an object header takes: a fractal heap; objects over 4 kB stand by themselves there."""
    group = file.create_group("dense")
    for index in range(30):
        group.attrs[f"name{index * 7 % 30}"] = f"value {index}"
    group.attrs["model_config"] = np.bytes_(b"{" + b'"layer": 1, ' * 420 + b"}")
    group.attrs["training_config"] = np.bytes_(b"[" + b"0, " * 1400 + b"0]")


class SmallTrees(Golden):
    """With B-trees of small nodes, which are deep therefore, and a superblock of version 1, which says so."""

    def __enter__(self):
        creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
        with open("/proc/self/maps") as maps:
            path = next(line.split()[-1] for line in maps if "libhdf5" in line and "_hl" not in line)
        # h5py has no names for these.
        ctypes.CDLL(path).H5Pset_istore_k(ctypes.c_int64(creation.id), ctypes.c_uint(3))
        ctypes.CDLL(path).H5Pset_sym_k(ctypes.c_int64(creation.id), ctypes.c_uint(3), ctypes.c_uint(2))
        self.file = h5py.File(h5py.h5f.create(self.path.encode(), h5py.h5f.ACC_TRUNC, creation))
        return self.file


def narrow():
    """Addresses and lengths of four bytes."""
    creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    creation.set_sizes(4, 4)
    golden = Golden("narrow")
    h5py.File(h5py.h5f.create(golden.path.encode(), h5py.h5f.ACC_TRUNC, creation)).close()
    with h5py.File(golden.path, "r+") as file:
        file["a/weights"] = numbers(3, 4).astype("f4")
        filtered(file, "chunked", (5, 4), (2, 2), compression=1)
        file.attrs["names"] = ["a", "bc"]
    record(golden.name)


if library == "v1.10":
    with Golden("default") as file:
        attributes_of(file)
        brain(file)
    with Golden("types-earliest") as file:
        types(file)
    with SmallTrees("layouts-earliest") as file:
        layouts(file, extra=False)
    with SmallTrees("groups-earliest") as file:
        groups(file, 150)
    with Golden("user-block", userblock_size=1024) as file:
        file["weights"] = numbers(3).astype("f4")
    narrow()
else:
    with Golden("attributes-v108", libver=("v108", "v108")) as file:
        attributes_of(file)
    with Golden("types-latest", libver="latest") as file:
        types(file)
    with Golden("layouts-latest", libver="latest") as file:
        layouts(file, extra=True)
    with Golden("groups-latest", libver="latest") as file:
        groups(file, 400)
    with Golden("groups-ordered", libver="latest", track_order=True) as file:
        for index in range(20):
            file.create_group(f"group{index * 7 % 20}", track_order=True)
            file.attrs[f"name{index * 3 % 20}"] = index
    with Golden("indexes-latest", libver="latest") as file:
        indexes(file)
    with Golden("many-attributes-latest", libver="latest") as file:
        many_attributes(file)
    with Golden("refused") as file:
        file["weights"] = numbers(3).astype("f4")
        file["soft"] = h5py.SoftLink("/weights")
        file["outside"] = h5py.ExternalLink("/etc/passwd", "/weights")
        file["named type"] = np.dtype("f4")
        virtual = h5py.VirtualLayout((3,), "f4")
        virtual[...] = h5py.VirtualSource("other.h5", "weights", (3,))
        file.create_virtual_dataset("virtual", virtual)
        file.create_dataset("external", (3,), "f4", external=[("/etc/passwd", 0, 12)])
        file.create_dataset("lzf", data=numbers(40).astype("f4"), chunks=(40,), compression="lzf")
        file.create_dataset("scaled", data=np.arange(40), chunks=(40,), scaleoffset=0)
        file.create_dataset("compound", (2,), [("a", "f4"), ("b", "i4")])
        file.create_dataset("complex", data=np.array([1j, 2], "c8"))
        file.create_dataset("opaque", data=np.array([b"ab"], "V2"))
        file.create_dataset("array", (2,), "(3,)f4")
        file.create_dataset("reference", data=file["weights"].ref, dtype=h5py.ref_dtype)
        file.create_dataset("sequence", (2,), h5py.vlen_dtype("f4"))
        file.create_dataset("large integer", data=np.array([2**24 + 1]))
        file.create_dataset("wide", data=np.array([0.5], np.longdouble))

with open(os.path.join(folder, f"expected-{library}.json"), "w") as file:
    json.dump(expected, file, indent=0, ensure_ascii=False)
    file.write("\n")

with open(os.path.join(folder, "MANIFEST"), "w") as file:
    file.write("generator: make_goldens.py, run with h5py 3.7 on HDF5 1.10.8 and h5py 3.16 on HDF5 2.0.0\n")
    file.write("command: /usr/bin/python3 Tests/Goldens/hdf5/make_goldens.py; then the same with the wheel's Python\n")
    file.write("note: object headers keep times, so files differ from run to run\n")
    for name in sorted(os.listdir(folder)):
        if name != "MANIFEST":
            with open(os.path.join(folder, name), "rb") as part:
                file.write(f"{hashlib.sha256(part.read()).hexdigest()}  {name}\n")
