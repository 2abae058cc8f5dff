#!/usr/bin/env python3
"""Holds the gradient graphs that twingrad writes, run by onnxruntime, to twingrad's own gradients.

    verify_gradient_graphs.py TARGET... [--program build/release/cli/twingrad] [--verbose]

Needs numpy, onnx, onnxruntime and safetensors. A TARGET is a model, or a folder: every model below
it that a bundle (manifest.json) names, with the bundle's inputs, and every other .onnx file, with
drawn ones. 'twingrad capture' computes the gradients, 'twingrad grad' writes the graph; each
gradient must be equal within 1e-4 of its largest element, all in float32.
Prints a line for each difference and a summary; exits 1 where something differs.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from safetensors.numpy import load_file, save_file

LIMIT = 1e-4
RANDOM = {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli", "Multinomial", "Dropout"}


class Skipped(Exception):
    """What says nothing about the gradient graph, and why."""


def twingrad(program, *arguments):
    made = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    if made.returncode:
        said = (made.stderr or made.stdout).strip().splitlines()
        raise (Skipped if made.returncode == 3 else RuntimeError)(said[-1] if said else "no message")


def bundle_models(folder):
    """(model, inputs or None, conventions) of every bundle and every other model below the folder."""
    seen = set()
    for manifest in sorted(folder.rglob("manifest.json")):
        content = json.loads(manifest.read_text())
        if content.get("format") != "twingrad-reference":
            continue
        tensors = load_file(manifest.parent / "tensors.safetensors")
        for case in content["cases"]:
            model = (manifest.parent / case["model"]).resolve()
            if model in seen:
                continue
            seen.add(model)
            inputs = {name: tensors[key] for name, key in case.get("inputs", {}).items()}
            known = content.get("conventions", "spec")
            yield model, inputs, "spec" if known == "onnx" else known
    for model in sorted(folder.rglob("*.onnx")):
        if model.resolve() not in seen:
            yield model, None, "spec"


def onnxruntime_gradients(path, names, feed):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    wanted = {value.name for value in [*session.get_inputs(), *session.get_overridable_initializers()]}
    return session.run(names, {name: value for name, value in feed.items() if name in wanted})


def runs_itself(model):
    if model.suffix != ".onnx":
        return True
    try:
        onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    except Exception:  # onnxruntime has many kinds
        return False
    return True


def worst_difference(program, model, inputs, conventions, folder):
    """The largest difference of a gradient, by its largest element; and how many were compared."""
    # onnxruntime has no float64 kernels for convolutions and much else.
    flags = ["--conventions", conventions, "--precision", "float32"]
    captured = list(flags)
    if inputs:
        save_file({name: numpy.asarray(value, order="C") for name, value in inputs.items()}, folder / "x.safetensors")
        captured += ["--inputs", folder / "x.safetensors"]
    twingrad(program, "capture", model, "-o", folder / "bundle", *captured)
    case = json.loads((folder / "bundle" / "manifest.json").read_text())["cases"][0]
    tensors = load_file(folder / "bundle" / "tensors.safetensors")
    gradients = {name: key for name, key in case.get("gradients", {}).items() if key}
    if not gradients:
        raise Skipped("no gradients")
    graph = folder / "gradient.onnx"
    twingrad(program, "grad", model, "-o", graph, "--wrt", ",".join(gradients), "--of", ",".join(case["cotangents"]), *flags)
    if {node.op_type for node in onnx.load(graph).graph.node} & RANDOM:
        raise Skipped("random")
    feed = {name: tensors[key] for name, key in case["inputs"].items()}
    feed |= {name + "_cotangent": tensors[key] for name, key in case["cotangents"].items()}
    try:
        found = onnxruntime_gradients(graph, [name + "_grad" for name in gradients], feed)
    except Exception as error:  # onnxruntime has many kinds
        # It lacks kernels of some types; a graph that it calls invalid is ours to mend.
        kind = Skipped if "NOT_IMPLEMENTED" in str(error) or not runs_itself(model) else RuntimeError
        raise kind("onnxruntime: " + str(error).splitlines()[0].replace(str(folder), "")) from error
    floor = max(float(numpy.abs(tensors[key]).max(initial=0)) for key in gradients.values()) * 1e-2
    worst = (0.0, "")
    for (name, key), value in zip(gradients.items(), found):
        ours = tensors[key].astype("float64")
        if value.shape != ours.shape or not numpy.array_equal(numpy.isnan(value), numpy.isnan(ours)):
            return (numpy.inf, name), len(gradients)
        with numpy.errstate(invalid="ignore"):
            apart = float(numpy.nan_to_num(numpy.abs(value.astype("float64") - ours)).max(initial=0))
        scale = max(float(numpy.abs(ours).max(initial=0)), floor, 1e-30)
        worst = max(worst, (apart / scale, name))
    return worst, len(gradients)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="+")
    parser.add_argument("--program", default="build/release/cli/twingrad")
    parser.add_argument("--verbose", action="store_true", help="a line for each model")
    options = parser.parse_args()
    counts = collections.Counter()
    why = collections.Counter()
    largest, tensors = 0.0, 0
    for target in map(pathlib.Path, options.targets):
        models = bundle_models(target) if target.is_dir() else [(target, None, "spec")]
        for model, inputs, conventions in models:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    (apart, name), compared = worst_difference(
                        options.program, model, inputs, conventions, pathlib.Path(folder))
                except Skipped as reason:
                    counts["not compared"] += 1
                    why[str(reason)] += 1
                    continue
                except RuntimeError as error:
                    counts["failed"] += 1
                    print(f"{model}: {error}")
                    continue
            good = apart <= LIMIT
            counts["equal" if good else "different"] += 1
            tensors += compared
            if good:
                largest = max(largest, apart)
            if options.verbose or not good:
                print(f"{model}: {compared} gradients, worst {apart:.1e} {name}")
    print(f"{counts['equal']} models, {tensors} gradients equal, worst {largest:.1e}; " +
          ", ".join(f"{n} {what}" for what, n in sorted(counts.items()) if what != "equal"))
    for reason, n in why.most_common():
        print(f"  not compared, {n}: {reason}")
    return 1 if counts["different"] + counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
