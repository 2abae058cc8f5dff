#!/usr/bin/env python3
"""Holds models that twingrad wrote in older opsets to the originals, both run by onnxruntime.

    verify_opsets.py FOLDER... [--program build/release/cli/twingrad] [--opsets 13,17,21,23] [--every N]

Needs numpy, onnx and onnxruntime. Every .onnx file below the folders that onnxruntime runs on drawn
inputs is converted to each opset; the outputs must be equal within 1e-6 of the largest element, of
float16 within 1e-3: an operator that is written in terms of others rounds between them.
What an opset cannot express is counted; prints a line for each difference and a summary for each
opset.
"""
import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime

LIMIT = 1e-6
HALF_LIMIT = 1e-3


def session(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def recorded_inputs(path, inputs):
    """Of ONNX's test folders: input_0.pb beside the model."""
    folder = path.parent / "test_data_set_0"
    feed = {}
    for i, value in enumerate(inputs):
        tensor = onnx.TensorProto()
        tensor.ParseFromString((folder / f"input_{i}.pb").read_bytes())
        feed[value.name] = onnx.numpy_helper.to_array(tensor)
    return feed


def drawn_inputs(inputs):
    generator = numpy.random.default_rng(0)
    feed = {}
    for value in inputs:
        shape = [extent if isinstance(extent, int) and extent > 0 else 2 for extent in value.shape]
        kind = {"tensor(float)": "float32", "tensor(double)": "float64"}.get(value.type)
        if kind is None:
            raise ValueError(f"no way to draw {value.type}")
        feed[value.name] = generator.standard_normal(shape).astype(kind)
    return feed


def run(path, feed):
    found = session(path)
    return dict(zip([value.name for value in found.get_outputs()], found.run(None, feed)))


def difference(left, right):
    left, right = numpy.asarray(left), numpy.asarray(right)
    if left.dtype != right.dtype or left.shape != right.shape:
        return numpy.inf
    if left.dtype.kind not in "fc":
        return 0.0 if numpy.array_equal(left, right) else numpy.inf
    if not numpy.array_equal(numpy.isnan(left), numpy.isnan(right)):
        return numpy.inf
    with numpy.errstate(invalid="ignore"):
        apart = numpy.nan_to_num(numpy.abs(left.astype("float64") - right.astype("float64")))
    finite = numpy.abs(right[numpy.isfinite(right)])
    scale = float(finite.max()) if finite.size else 1.0
    return float(apart.max(initial=0)) / max(scale, 1e-30)


def compare(program, path, opset, feed, expected, counts):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "m.onnx"
        made = subprocess.run([program, "convert", path, out, "--opset", str(opset), "--no-verify"],
                              capture_output=True, text=True, check=False)
        if made.returncode == 3:
            counts["not expressible"] += 1
            return
        if made.returncode != 0:
            counts["failed"] += 1
            print(f"{path}: opset {opset}: {made.stderr.strip()}")
            return
        try:
            found = run(out, feed)
        except Exception as error:  # onnxruntime has many kinds
            counts["refused by onnxruntime"] += 1
            print(f"{path}: opset {opset}: {str(error).splitlines()[0][:160]}")
            return
    apart = {name: difference(found[name], value) for name, value in expected.items()}
    wrong = [name for name, value in expected.items()
             if apart[name] > (HALF_LIMIT if value.dtype == numpy.float16 else LIMIT)]
    counts["different" if wrong else "equal"] += 1
    if wrong:
        print(f"{path}: opset {opset}: {wrong[0]} differs by {apart[wrong[0]]:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--program", default="build/release/cli/twingrad")
    parser.add_argument("--opsets", default="13,17,21,23")
    parser.add_argument("--every", type=int, default=1, help="only every N-th model")
    options = parser.parse_args()
    opsets = [int(text) for text in options.opsets.split(",")]
    counts = {opset: collections.Counter() for opset in opsets}
    models = sorted(path for folder in options.folders
                    for path in pathlib.Path(folder).rglob("*.onnx"))
    skipped = 0
    for path in models[::options.every]:
        try:
            inputs = session(path).get_inputs()
            recorded = (path.parent / "test_data_set_0").is_dir()
            feed = recorded_inputs(path, inputs) if recorded else drawn_inputs(inputs)
            expected = {name: value for name, value in run(path, feed).items()
                        if isinstance(value, numpy.ndarray)}
        except Exception:  # what onnxruntime cannot run as it is says nothing
            skipped += 1
            continue
        for opset in opsets:
            compare(options.program, path, opset, feed, expected, counts[opset])
    print(f"{skipped} of {len(models[::options.every])} models are not run by onnxruntime itself")
    for opset, found in counts.items():
        print(f"opset {opset}: " + ", ".join(f"{n} {what}" for what, n in sorted(found.items())))
    bad = sum(found["failed"] + found["different"] for found in counts.values())
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
