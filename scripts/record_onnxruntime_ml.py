#!/usr/bin/env python3
"""Record onnxruntime's outputs for trees and support vector machines of ai.onnx.ml as a bundle.

    record_onnxruntime_ml.py FOLDER

    testdata/references/onnxruntime_ml was made by it, with the packages onnx 1.23.2,
    onnxruntime 1.32.0, numpy and safetensors.
"""
import hashlib
import json
import pathlib
import platform
import sys

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper
from safetensors.numpy import save_file

DOMAIN = "ai.onnx.ml"
# Where both classes have scores, onnxruntime's class is not the one of the larger score: for trees
# it answers 1 or 0, whatever the labels are, and for linear machines the second wherever the larger
# score is positive. ONNX says nothing of the kind, so these labels are not recorded. Nor are base
# values there: onnxruntime leaves the second class's leaves out then.
# A target that no leaf has a weight for has its base value by ONNX's text, and 0 in onnxruntime;
# here every leaf has weights for all.
WITHOUT_LABELS = ("classifier_both_", "svm_linear_two_")
TRANSFORMS = ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"]


def features(rows=9, columns=3, seed=1):
    return np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)


def trees(modes, weights, missing=False):
    """Two trees of depth 2: a root, a node on its true side, three leaves. `weights` has the
    (class, weight) pairs of each of the six leaves."""
    nodes = {name: [] for name in ("treeids", "nodeids", "modes", "featureids", "values",
                                   "truenodeids", "falsenodeids", "missing_value_tracks_true")}
    rows = [(0, modes[0], 0, 0.1, 1, 2), (1, modes[1], 1, -0.2, 3, 4), (2, "LEAF", 0, 0, 0, 0),
            (3, "LEAF", 0, 0, 0, 0), (4, "LEAF", 0, 0, 0, 0)]
    for tree in range(2):
        for node, mode, feature, value, yes, no in rows:
            nodes["treeids"].append(tree)
            nodes["nodeids"].append(node)
            nodes["modes"].append(mode)
            nodes["featureids"].append((feature + tree) % 3)
            nodes["values"].append(value + 0.3 * tree)
            nodes["truenodeids"].append(yes)
            nodes["falsenodeids"].append(no)
            nodes["missing_value_tracks_true"].append(1 if missing and tree == 0 else 0)
    found = {"nodes_" + name: values for name, values in nodes.items()}
    leaves = [(tree, node) for tree in range(2) for node in (2, 3, 4)]
    entries = [(tree, node, c, w) for (tree, node), pairs in zip(leaves, weights) for c, w in pairs]
    return found, entries


def classifier(classes, weights, modes=("BRANCH_LEQ", "BRANCH_GT"), missing=False, **attributes):
    nodes, entries = trees(modes, weights, missing)
    return helper.make_node(
        "TreeEnsembleClassifier", ["x"], ["label", "scores"], domain=DOMAIN,
        classlabels_int64s=list(range(10, 10 + classes)), class_treeids=[e[0] for e in entries],
        class_nodeids=[e[1] for e in entries], class_ids=[e[2] for e in entries],
        class_weights=[e[3] for e in entries], **nodes, **attributes)


def regressor(targets, weights, modes=("BRANCH_LEQ", "BRANCH_GT"), missing=False, **attributes):
    nodes, entries = trees(modes, weights, missing)
    return helper.make_node(
        "TreeEnsembleRegressor", ["x"], ["y"], domain=DOMAIN, n_targets=targets,
        target_treeids=[e[0] for e in entries], target_nodeids=[e[1] for e in entries],
        target_ids=[e[2] for e in entries], target_weights=[e[3] for e in entries], **nodes,
        **attributes)


def one(c, values):
    return [[(c, v)] for v in values]


POSITIVE = [0.1, 0.35, 0.2, 0.05, 0.4, 0.3]
SIGNED = [0.6, -0.7, 0.2, -0.5, 0.9, -0.3]
BOTH = [[(0, 0.3), (1, 0.2)], [(0, 0.1), (1, 0.4)], [(0, 0.25), (1, 0.25)],
        [(0, 0.05), (1, 0.45)], [(0, 0.5), (1, 0.0)], [(0, 0.2), (1, 0.3)]]
THREE = [[(0, 0.6), (1, -0.2), (2, 0.1)], [(1, 0.9)], [(0, 0.2), (2, 0.4)], [(2, 0.7)],
         [(0, -0.3), (1, 0.1)], [(0, 0.8), (2, 0.0)]]


def tree_cases():
    for transform in TRANSFORMS:
        kind = {"post_transform": transform}
        name = transform.lower()
        yield f"classifier_three_{name}", classifier(3, THREE, **kind)
        yield f"classifier_both_{name}", classifier(2, BOTH, **kind)
        for c in (0, 1):
            yield f"classifier_positive_{c}_{name}", classifier(2, one(c, POSITIVE), **kind)
            yield f"classifier_signed_{c}_{name}", classifier(2, one(c, SIGNED), **kind)
        yield f"regressor_two_{name}", regressor(2, BOTH, **kind)
    yield "classifier_three_base", classifier(3, THREE, base_values=[0.1, 0.2, -0.3])
    yield "classifier_signed_base", classifier(2, one(0, SIGNED), base_values=[0.25])
    for aggregate in ("SUM", "AVERAGE", "MIN", "MAX"):
        yield f"regressor_{aggregate.lower()}", regressor(1, one(0, SIGNED), aggregate_function=aggregate)
        yield f"regressor_{aggregate.lower()}_base", regressor(
            2, BOTH, aggregate_function=aggregate, base_values=[0.5, -0.25])
    for mode in ("BRANCH_LT", "BRANCH_GTE", "BRANCH_EQ", "BRANCH_NEQ"):
        yield f"regressor_{mode.lower()}", regressor(1, one(0, SIGNED), modes=(mode, mode))
    yield "regressor_missing", regressor(1, one(0, SIGNED), missing=True)


def svm_parameters(columns=3, classes=3, per_class=2, seed=5):
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(classes * per_class, columns)).astype(np.float32)
    coefficients = generator.normal(size=(classes - 1, classes * per_class)).astype(np.float32)
    rho = generator.normal(size=classes * (classes - 1) // 2).astype(np.float32)
    return vectors, coefficients, rho


def svm_classifier(classes, kernel, probabilities=False, positive=False, **attributes):
    vectors, coefficients, rho = svm_parameters(classes=classes)
    if positive:
        coefficients = np.abs(coefficients)
    if probabilities:
        attributes["prob_a"] = [-1.2, -0.8, -1.5][: len(rho)]
        attributes["prob_b"] = [0.1, -0.2, 0.3][: len(rho)]
    return helper.make_node(
        "SVMClassifier", ["x"], ["label", "scores"], domain=DOMAIN,
        classlabels_ints=list(range(10, 10 + classes)), kernel_type=kernel,
        kernel_params=[0.5, 0.25, 2.0], support_vectors=vectors.ravel().tolist(),
        coefficients=coefficients.ravel().tolist(), rho=rho.tolist(),
        vectors_per_class=[2] * classes, **attributes)


def linear_svm(classes, positive=False, **attributes):
    coefficients = np.random.default_rng(3).normal(size=(classes, 3)).astype(np.float32)
    if positive:
        coefficients = np.abs(coefficients)
    return helper.make_node(
        "SVMClassifier", ["x"], ["label", "scores"], domain=DOMAIN,
        classlabels_ints=list(range(10, 10 + classes)), kernel_type="LINEAR",
        kernel_params=[0.5, 0.25, 2.0], coefficients=coefficients.ravel().tolist(), rho=[0.2],
        **attributes)


def svm_regressor(kernel, **attributes):
    vectors, coefficients, _ = svm_parameters(classes=2, per_class=2)
    return helper.make_node(
        "SVMRegressor", ["x"], ["y"], domain=DOMAIN, kernel_type=kernel,
        kernel_params=[0.5, 0.25, 2.0], support_vectors=vectors.ravel().tolist(), n_supports=4,
        coefficients=coefficients.ravel().tolist(), rho=[0.3], **attributes)


def svm_cases():
    for kernel in ("LINEAR", "POLY", "RBF", "SIGMOID"):
        name = kernel.lower()
        yield f"svm_regressor_{name}", svm_regressor(kernel)
        yield f"svm_classifier_two_{name}", svm_classifier(2, kernel)
        yield f"svm_classifier_three_{name}", svm_classifier(3, kernel)
    yield "svm_regressor_one_class", svm_regressor("RBF", one_class=1)
    yield "svm_regressor_coefficients", helper.make_node(
        "SVMRegressor", ["x"], ["y"], domain=DOMAIN, kernel_type="LINEAR",
        kernel_params=[0.5, 0.25, 2.0], coefficients=[0.5, -1.0, 0.25], rho=[0.3], n_supports=0)
    for transform in TRANSFORMS:
        name = transform.lower()
        kind = {"post_transform": transform}
        yield f"svm_linear_three_{name}", linear_svm(3, **kind)
        yield f"svm_linear_two_{name}", linear_svm(2, **kind)
        yield f"svm_two_{name}", svm_classifier(2, "RBF", **kind)
        yield f"svm_two_positive_{name}", svm_classifier(2, "RBF", positive=True, **kind)
        yield f"svm_three_{name}", svm_classifier(3, "RBF", **kind)
        yield f"svm_two_probabilities_{name}", svm_classifier(2, "RBF", probabilities=True, **kind)
        yield f"svm_three_probabilities_{name}", svm_classifier(3, "RBF", probabilities=True, **kind)


def linear_cases():
    for transform in TRANSFORMS:
        name = transform.lower()
        yield f"linear_classifier_{name}", helper.make_node(
            "LinearClassifier", ["x"], ["label", "scores"], domain=DOMAIN,
            classlabels_ints=[3, 4, 5], coefficients=features(3, 3, 8).ravel().tolist(),
            intercepts=[0.1, -0.2, 0.0], post_transform=transform)
        yield f"linear_regressor_{name}", helper.make_node(
            "LinearRegressor", ["x"], ["y"], domain=DOMAIN, targets=2,
            coefficients=features(2, 3, 8).ravel().tolist(), intercepts=[0.1, -0.2],
            post_transform=transform)


def model_of(node):
    outputs = [helper.make_tensor_value_info(
        name, TensorProto.INT64 if name == "label" else TensorProto.FLOAT, None) for name in node.output]
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3])], outputs)
    return helper.make_model(graph, ir_version=8, opset_imports=[
        helper.make_opsetid("", 17), helper.make_opsetid(DOMAIN, 3)])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.split("\n\n")[1])
    folder = pathlib.Path(sys.argv[1])
    (folder / "models").mkdir(parents=True, exist_ok=True)
    tensors, cases = {}, []
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    for name, node in [*tree_cases(), *svm_cases(), *linear_cases()]:
        model = model_of(node).SerializeToString()
        (folder / "models" / f"{name}.onnx").write_bytes(model)
        x = features()
        if name.endswith("missing"):
            x[::2, 0] = np.nan
            x[1::3, 1] = np.nan
        outputs = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"]).run(None, {"x": x})
        tensors[f"{name}/inputs/x"] = x
        found = {}
        for output, value in zip(node.output, outputs):
            if output == "label" and name.startswith(WITHOUT_LABELS):
                continue
            tensors[f"{name}/outputs/{output}"] = np.ascontiguousarray(value)
            found[output] = f"{name}/outputs/{output}"
        cases.append({"name": name, "model": f"models/{name}.onnx",
                      "model_sha256": hashlib.sha256(model).hexdigest(), "training": False,
                      "tags": ["nonfinite"] if name.endswith("missing") else [],
                      "inputs": {"x": f"{name}/inputs/x"}, "outputs": found})
    save_file(tensors, folder / "tensors.safetensors")
    producer = {"framework": "onnxruntime", "version": ort.__version__, "precision": "float32",
                "device": "cpu", "python": platform.python_version(), "numpy": np.__version__,
                "onnx": onnx.__version__, "threads": 1}
    manifest = {"format": "twingrad-reference", "version": 1, "producer": producer,
                "conventions": "onnxruntime", "cases": cases}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


main()
