#!/usr/bin/env python3
"""Converts a network's float.onnx to TFLite: float32, and full-integer int8 with per-channel weights.

Usage: onnx_to_tflite.py NETWORK      Needs tensorflow-cpu and onnx. Writes litert.fp32.tflite and litert.int8.tflite.
Covers batch 1 and Conv, Clip(0, 6), Relu, Sigmoid, Add, Mul, GlobalAveragePool, Flatten, MaxPool(3, 2). Padding that is
TensorFlow's SAME is told as such, since a separate Pad would cost LiteRT time.
"""
import os
import sys

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", CUDA_VISIBLE_DEVICES="")

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import tensorflow as tf  # noqa: E402

import networks  # noqa: E402


def padded(x, pads):
    top, left, bottom, right = pads
    return tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]])


def convolution(x, attributes, weights, bias):
    pads, (stride, _) = list(attributes.get("pads", [0] * 4)), attributes.get("strides", [1, 1])
    size = int(x.shape[1])
    total = max((-(-size // stride) - 1) * stride + weights.shape[2] - size, 0)
    padding = "SAME"
    if pads != [total // 2, total // 2, total - total // 2, total - total // 2]:
        padding, x = "VALID", padded(x, pads) if any(pads) else x
    if attributes.get("group", 1) > 1:
        y = tf.nn.depthwise_conv2d(x, weights.transpose(2, 3, 0, 1), [1, stride, stride, 1], padding)
    else:
        y = tf.nn.conv2d(x, weights.transpose(2, 3, 1, 0), stride, padding)
    return y if bias is None else tf.nn.bias_add(y, bias)


OPERATIONS = {
    "Clip": lambda _, x, *limits: tf.nn.relu6(x),
    "Relu": lambda _, x: tf.nn.relu(x),
    "Sigmoid": lambda _, x: tf.sigmoid(x),
    "Add": lambda _, a, b: a + b,
    "Mul": lambda _, a, b: a * b,
    "GlobalAveragePool": lambda _, x: tf.reduce_mean(x, [1, 2], keepdims=True),
    "Flatten": lambda _, x: tf.reshape(x, [-1, int(x.shape[-1])]),
    # After a ReLU, so that zeros around it change nothing.
    "MaxPool": lambda attributes, x: tf.nn.max_pool2d(padded(x, attributes["pads"]), 3, 2, "VALID"),
    "Conv": lambda attributes, x, weights, bias=None: convolution(x, attributes, weights, bias),
}


def function(graph):
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            constants[node.output[0]] = onnx.numpy_helper.to_array(node.attribute[0].t)

    def run(x):
        values = dict(constants, x=x)
        for node in graph.node:
            if node.op_type != "Constant":
                attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
                inputs = [values[name] for name in node.input if name]
                values[node.output[0]] = OPERATIONS[node.op_type](attributes, *inputs)
        return values[graph.output[0].name]

    return tf.function(run, input_signature=[tf.TensorSpec([1, 224, 224, 3], tf.float32)])


def main(name):
    folder = networks.named(name).folder
    module = tf.Module()
    module.run = function(onnx.load(folder / "float.onnx").graph)
    images = np.load(folder / "calibration.npy").transpose(0, 2, 3, 1)
    for variant in ("fp32", "int8"):
        converter = tf.lite.TFLiteConverter.from_concrete_functions([module.run.get_concrete_function()], module)
        if variant == "int8":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([np.ascontiguousarray(image[None])] for image in images)
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        (folder / f"litert.{variant}.tflite").write_bytes(converter.convert())


if __name__ == "__main__":
    main(*sys.argv[1:])
