"""The peers: how each quantizes a network by its own documentation, loads it, and runs it. Each lives in its own environment.

An engine is made from a network's folder, a variant, threads and batch. prepare() turns float32 [batch][3][224][224] into what
feed() takes, neither of them timed; infer() is; result() gives the last embeddings, float32 [batch][values].

Variants: "int8", "fp32"; of some "int7", int8 with weights of 7 bits, which ONNX Runtime's and NNCF's documentation offer for CPUs
without VNNI, where 8 bits may saturate; of OpenVINO "bf16".
"""
import importlib.metadata

import numpy as np


class OnnxRuntime:
    """Activations unsigned, weights signed and per channel, QDQ: signed activations are up to 3.7 times slower on x86."""

    packages = ["onnxruntime"]

    def __init__(self, folder, variant, threads, batch):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 3
        path = folder / ("float.onnx" if variant == "fp32" else f"onnxruntime.{variant}.onnx")
        source = str(path) if batch == 1 else self._batched(path, batch)
        self.session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        self.binding.bind_output("embedding")

    @staticmethod
    def _batched(path, batch):
        import onnx

        model = onnx.load(path)
        for value in [*model.graph.input, *model.graph.output]:
            value.type.tensor_type.shape.dim[0].dim_value = batch
        del model.graph.value_info[:]
        return model.SerializeToString()

    def prepare(self, images):
        return np.ascontiguousarray(images)

    def feed(self, images):
        self.binding.bind_cpu_input("x", images)

    def infer(self):
        self.session.run_with_iobinding(self.binding)

    def result(self):
        return self.binding.copy_outputs_to_cpu()[0]

    @staticmethod
    def quantize(folder, network, images):
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
        from onnxruntime.quantization.shape_inference import quant_pre_process

        class Reader(CalibrationDataReader):
            def __init__(self):
                self.rows = iter(images)

            def get_next(self):
                image = next(self.rows, None)
                return None if image is None else {"x": image[None]}

        prepared = str(folder / "onnxruntime.prepared.onnx")
        quant_pre_process(str(folder / "float.onnx"), prepared)
        for variant in ("int8", "int7"):
            quantize_static(prepared, str(folder / f"onnxruntime.{variant}.onnx"), Reader(), quant_format=QuantFormat.QDQ,
                            per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                            reduce_range=variant == "int7")


class OpenVINO:
    """NNCF on what ov.convert_model gives (on core.read_model's it skips bias correction); float32 unless told otherwise."""

    packages = ["openvino", "nncf"]

    def __init__(self, folder, variant, threads, batch):
        import openvino

        core = openvino.Core()
        model = core.read_model(folder / f"openvino.{'fp32' if variant == 'bf16' else variant}.xml")
        if batch != 1:
            model.reshape([batch, 3, 224, 224])
        precision = "bf16" if variant == "bf16" else "f32"
        self.compiled = core.compile_model(model, "CPU", {
            "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": precision})
        self.request = self.compiled.create_infer_request()
        self.tensor = openvino.Tensor

    def prepare(self, images):
        return self.tensor(np.ascontiguousarray(images), shared_memory=True)

    def feed(self, images):
        self.request.set_input_tensor(images)

    def infer(self):
        self.request.infer()

    def result(self):
        return self.request.get_output_tensor().data.copy()

    @staticmethod
    def quantize(folder, network, images):
        import nncf
        import openvino

        model = openvino.convert_model(str(folder / "float.onnx"))
        openvino.save_model(model, folder / "openvino.fp32.xml", compress_to_fp16=False)
        preset = nncf.QuantizationPreset.PERFORMANCE if network.relu else nncf.QuantizationPreset.MIXED
        photos = nncf.Dataset([image[None] for image in images])
        for variant, overflow in (("int8", nncf.OverflowFix.FIRST_LAYER), ("int7", nncf.OverflowFix.ENABLE)):
            quantized = nncf.quantize(
                model, photos, preset=preset, subset_size=200,
                advanced_parameters=nncf.AdvancedQuantizationParameters(overflow_fix=overflow))
            openvino.save_model(quantized, folder / f"openvino.{variant}.xml", compress_to_fp16=False)


class LiteRT:
    """Full-integer int8 with per-channel weights, run by XNNPACK, the default; onnx_to_tflite.py writes the files."""

    packages = ["ai-edge-litert"]

    def __init__(self, folder, variant, threads, batch):
        from ai_edge_litert.interpreter import Interpreter

        self.interpreter = Interpreter(str(folder / f"litert.{variant}.tflite"), num_threads=threads)
        if batch != 1:
            index = self.interpreter.get_input_details()[0]["index"]
            self.interpreter.resize_tensor_input(index, [batch, 224, 224, 3])
        self.interpreter.allocate_tensors()
        self.input, = self.interpreter.get_input_details()
        self.output, = self.interpreter.get_output_details()

    def prepare(self, images):
        values = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
        scale, zero = self.input["quantization"]
        return np.clip(np.rint(values / np.float32(scale)) + zero, -128, 127).astype(np.int8) if scale else values

    def feed(self, images):
        self.interpreter.set_tensor(self.input["index"], images)

    def infer(self):
        self.interpreter.invoke()

    def result(self):
        values = self.interpreter.get_tensor(self.output["index"])
        scale, zero = self.output["quantization"]
        return (values.astype(np.float32) - np.float32(zero)) * np.float32(scale) if scale else values


ENGINES = {"onnxruntime": OnnxRuntime, "openvino": OpenVINO, "litert": LiteRT}


def version(name):
    return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in ENGINES[name].packages)
