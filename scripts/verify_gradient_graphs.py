#!/usr/bin/env python3
"""Holds the gradient graphs that twingrad writes, run by onnxruntime, to twingrad's own gradients.

    verify_gradient_graphs.py TARGET... [--program build/release/cli/twingrad] [--verbose]

Needs numpy, onnx, onnxruntime and safetensors. A TARGET is a model, or a folder: every model below
it that a bundle (manifest.json) names, with the bundle's inputs, and every other .onnx file, with
drawn ones. 'twingrad capture' computes the gradients, 'twingrad grad' writes the graph; each
gradient must be equal within 1e-4 of its largest element, in float32. Where it is not, as in deep
networks with kinks, what both differ from twingrad's float64 decides: "rounding" is a model whose
gradients in onnxruntime are at most four times as far from these as twingrad's in float32.
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
ROUNDING = 4
RANDOM = {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli",
          "Multinomial", "Dropout"}

# Ties that a framework decides otherwise than the operators of ONNX can say.
OTHER_CHOICES = {"topk_ties": "ONNX's TopK takes the first of equal elements, PyTorch's another"}


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


def capture(program, model, folder, name, *flags):
    """(case, its tensors) of the bundle that 'twingrad capture' makes."""
    twingrad(program, "capture", model, "-o", folder / name, *flags)
    case = json.loads((folder / name / "manifest.json").read_text())["cases"][0]
    return case, load_file(folder / name / "tensors.safetensors")


def is_apart(left, right):
    """The largest difference, by the largest element of the right."""
    if left.shape != right.shape or not numpy.array_equal(numpy.isnan(left), numpy.isnan(right)):
        return numpy.inf
    left, right = left.astype("float64"), right.astype("float64")
    with numpy.errstate(invalid="ignore"):
        difference = float(numpy.nan_to_num(numpy.abs(left - right)).max(initial=0))
    return difference / max(float(numpy.nan_to_num(numpy.abs(right)).max(initial=0)), 1e-30)


def gradients_of_both(program, model, inputs, conventions, folder):
    """name -> (onnxruntime's, twingrad's), and what captures the same in another precision."""
    # onnxruntime has no float64 kernels for convolutions and much else.
    flags = ["--conventions", conventions]
    if inputs:
        arrays = {name: numpy.asarray(value, order="C") for name, value in inputs.items()}
        save_file(arrays, folder / "x.safetensors")
    given = [*flags, *(["--inputs", folder / "x.safetensors"] if inputs else [])]
    case, tensors = capture(program, model, folder, "single", *given, "--precision", "float32")
    keys = {name: key for name, key in case.get("gradients", {}).items() if key}
    if not keys:
        raise Skipped("no gradients")
    graph = folder / "gradient.onnx"
    twingrad(program, "grad", model, "-o", graph, "--wrt", ",".join(keys),
             "--of", ",".join(case["cotangents"]), *flags, "--precision", "float32")
    if {node.op_type for node in onnx.load(graph).graph.node} & RANDOM:
        raise Skipped("random")
    feed = {name: tensors[key] for name, key in case["inputs"].items()}
    feed |= {name + "_cotangent": tensors[key] for name, key in case["cotangents"].items()}
    try:
        found = onnxruntime_gradients(graph, [name + "_grad" for name in keys], feed)
    except Exception as error:  # onnxruntime has many kinds
        # It lacks kernels of some types; a graph that it calls invalid is ours to mend.
        is_theirs = "NOT_IMPLEMENTED" in str(error) or not runs_itself(model)
        said = str(error).splitlines()[0].replace(str(folder), "")
        raise (Skipped if is_theirs else RuntimeError)("onnxruntime: " + said) from error
    both = {name: (value, tensors[key]) for (name, key), value in zip(keys.items(), found)}
    return both, given


def verdict(program, model, inputs, conventions, folder):
    """("equal", "rounding" or "different", the worst difference and its name, how many)."""
    if model.stem in OTHER_CHOICES and conventions == "torch":
        raise Skipped(OTHER_CHOICES[model.stem])
    both, given = gradients_of_both(program, model, inputs, conventions, folder)
    largest = max(float(numpy.nan_to_num(numpy.abs(ours)).max(initial=0)) for _, ours in both.values())
    # Of a tensor that is zero but for rounding, rounding is all that there is to compare.
    told = {name: pair for name, pair in both.items() if numpy.abs(pair[1]).max(initial=0) > 1e-5 * largest}
    worst = max([(is_apart(*pair), name) for name, pair in told.items()], default=(0.0, ""))
    if worst[0] <= LIMIT:
        return "equal", worst, len(both)
    case, exact = capture(program, model, folder, "double", *given, "--precision", "float64")
    for name, (theirs, ours) in told.items():
        right = exact[case["gradients"][name]]
        if is_apart(theirs, right) > max(LIMIT, ROUNDING * is_apart(ours, right)):
            return "different", worst, len(both)
    return "rounding", worst, len(both)


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
                    found, (apart, name), compared = verdict(
                        options.program, model, inputs, conventions, pathlib.Path(folder))
                except Skipped as reason:
                    counts["not compared"] += 1
                    why[str(reason)] += 1
                    continue
                except RuntimeError as error:
                    counts["failed"] += 1
                    print(f"{model}: {error}")
                    continue
            counts[found] += 1
            tensors += compared
            if found == "equal":
                largest = max(largest, apart)
            if options.verbose or found != "equal":
                print(f"{model}: {compared} gradients, worst {apart:.1e} {name}: {found}")
    print(f"{counts['equal']} models equal, {tensors} gradients compared, equal to {largest:.1e}; " +
          ", ".join(f"{n} {what}" for what, n in sorted(counts.items()) if what != "equal"))
    for reason, n in why.most_common():
        print(f"  not compared, {n}: {reason}")
    return 1 if counts["different"] + counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
