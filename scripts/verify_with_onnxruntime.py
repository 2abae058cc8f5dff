#!/usr/bin/env python3
"""Hold what twingrad writes to what onnxruntime makes of it (not part of the tests: they need no Python).

    python3 -m venv venv && venv/bin/pip install numpy onnx onnxruntime safetensors
    venv/bin/python scripts/verify_with_onnxruntime.py build/release/cli/twingrad

1. `twingrad grad` of the digits CNN, run by onnxruntime, equals the gradients that PyTorch recorded.
2. `twingrad train` on the digits reaches 97 %, in both modes with the same losses; the trained model, written as ONNX,
   gives the same outputs in onnxruntime as in twingrad.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

BUNDLE = "testdata/references/models/digits-cnn-float32"


def run(*args):
    return subprocess.run(args, check=True, stdout=subprocess.PIPE, text=True).stdout


def session(path):
    onnx.checker.check_model(path, full_check=True)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def check_gradients(twingrad, folder):
    """The largest difference, relative to the largest element of each gradient."""
    manifest = json.load(open(os.path.join(BUNDLE, "manifest.json")))
    tensors = load_file(os.path.join(BUNDLE, "tensors.safetensors"))
    worst = 0.0
    for case in manifest["cases"]:
        if not case["gradients"]:
            continue
        names = [n for n in case["gradients"]]
        out = os.path.join(folder, "gradient.onnx")
        run(twingrad, "grad", os.path.join(BUNDLE, case["model"]), "-o", out, "--wrt", ",".join(names),
            "--conventions", manifest["conventions"])
        feed = {n: tensors[k] for n, k in case["inputs"].items()}
        feed |= {n + "_cotangent": tensors[k] for n, k in case["cotangents"].items()}
        got = session(out).run([n + "_grad" for n in names], feed)
        floor = 3e-6 * max(np.abs(tensors[k]).max() for k in case["gradients"].values())
        for name, value in zip(names, got):
            want = tensors[case["gradients"][name]]
            error = np.abs(value - want).max() / max(np.abs(want).max(), floor / 1e-5)
            worst = max(worst, float(error))
            assert error < 1e-4, (case["name"], name, error)
    return worst


def check_training(twingrad, folder):
    model = os.path.join(BUNDLE, "digits_cnn_float32_training.onnx")
    losses = {}
    for mode in ("static", "eager"):
        out = os.path.join(folder, mode + ".onnx")
        report = json.loads(run(twingrad, "train", model, "--data", "testdata/digits.npz", "--epochs", "30",
                                "--batch-size", "16", "--optimizer", "adam", "--learning-rate", "0.003", "--mode", mode,
                                "-o", out, "--json", "-"))
        losses[mode] = [e["loss"] for e in report["epochs"]]
        accuracy = report["epochs"][-1]["accuracy"]
        print(f"{mode}: last loss {losses[mode][-1]:.6f}, accuracy {100 * accuracy:.2f} %")
        assert accuracy >= 0.97, accuracy
    assert losses["static"] == losses["eager"], losses
    data = np.load("testdata/digits.npz")
    x = data["x"][data["test"][:16]]
    np.savez(os.path.join(folder, "x.npz"), x=x)
    inference = os.path.join(folder, "inference.onnx")
    run(twingrad, "convert", os.path.join(folder, "static.onnx"), inference, "--inference")
    run(twingrad, "run", inference, "--inputs", os.path.join(folder, "x.npz"), "-o", os.path.join(folder, "y.npz"))
    ours = np.load(os.path.join(folder, "y.npz"))["logits"]
    theirs = session(inference).run(["logits"], {"x": x})[0]
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def main():
    twingrad = sys.argv[1] if len(sys.argv) > 1 else "build/release/cli/twingrad"
    with tempfile.TemporaryDirectory() as folder:
        print(f"gradient graph in onnxruntime against torch: {check_gradients(twingrad, folder):.2e}")
        print(f"trained model in onnxruntime against twingrad: {check_training(twingrad, folder):.2e}")


if __name__ == "__main__":
    main()
