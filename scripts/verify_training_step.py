#!/usr/bin/env python3
"""Trains exported steps in onnxruntime beside PyTorch.

    verify_training_step.py [--program build/release/cli/twingrad] [--steps 100]

Needs torch, onnx, onnxscript and onnxruntime. Exports a CNN with BatchNormalization and a
transformer block from PyTorch, writes a training step for each of its optimizers with `twingrad
grad --step`, and runs it that many times in stock onnxruntime and in PyTorch on the same batches of
changing size. Prints a line for each run; fails where a loss differs by more than 1e-4.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnxruntime
import torch
from torch import nn

LIMIT = 1e-4  # of the loss
CLASSES = 10


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.AvgPool2d(2),
            nn.Flatten(), nn.Linear(64, CLASSES))

    def forward(self, x):
        return self.body(x)

    @staticmethod
    def batch(size, generator):
        return torch.randn(size, 1, 8, 8, generator=generator)


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(32, 16)
        self.query, self.key, self.value = (nn.Linear(16, 16) for _ in range(3))
        self.norm = nn.LayerNorm(16)
        self.feed = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x):
        x = self.embed(x)
        scores = self.query(x) @ self.key(x).transpose(1, 2) / 4
        x = self.norm(x + scores.softmax(-1) @ self.value(x))
        return self.head((x + self.feed(x)).mean(1))

    @staticmethod
    def batch(size, generator):
        return torch.randint(0, 32, (size, 12), generator=generator)


OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 0.05}),
    "momentum": (torch.optim.SGD, {"lr": 0.02, "momentum": 0.9}),
    "adam": (torch.optim.Adam, {"lr": 0.002}),
    "adamw": (torch.optim.AdamW, {"lr": 0.002, "weight_decay": 0.01}),
}


def export(model, path):
    example = model.batch(4, torch.Generator().manual_seed(0))
    torch.onnx.export(model, (example,), path, input_names=["x"], output_names=["logits"],
                      dynamic_axes={"x": {0: "batch"}}, training=torch.onnx.TrainingMode.TRAINING,
                      do_constant_folding=False, dynamo=False)


def write_step(program, model, optimizer, settings, path):
    flags = ["--step", optimizer, "--loss", "cross_entropy", "--training",
             "--learning-rate", str(settings["lr"]), "-o", path]
    for name, value in settings.items():
        if name != "lr":
            flags += ["--set", f"{name}={value}"]
    subprocess.run([program, "grad", model, *flags], check=True)


def batches(model, steps):
    generator = torch.Generator().manual_seed(1)
    for step in range(steps):
        size = 16 if step % 5 else 11
        x = model.batch(size, generator)
        yield x, torch.randint(0, CLASSES, (size,), generator=generator)


def losses_in_onnxruntime(path, model, steps):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of every default of an input
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    outputs = [value.name for value in session.get_outputs()]
    state, losses = {}, []
    for x, y in batches(model, steps):
        values = session.run(outputs, {"x": x.numpy(), "y": y.numpy(), **state})
        found = dict(zip(outputs, values))
        losses.append(float(found["loss"]))
        state = {name[:-len("_next")]: value for name, value in found.items()
                 if name.endswith("_next")}
    return losses


def losses_in_torch(model, optimizer, settings, steps):
    model.train()
    update = optimizer(model.parameters(), **settings)
    losses = []
    for x, y in batches(model, steps):
        update.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        update.step()
        losses.append(loss.item())
    return losses


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="build/release/cli/twingrad")
    parser.add_argument("--steps", type=int, default=100)
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for kind in (Cnn, Transformer):
            torch.manual_seed(0)
            model = kind()
            start = {name: value.clone() for name, value in model.state_dict().items()}
            source = str(pathlib.Path(folder) / "model.onnx")
            export(model, source)
            for name, (optimizer, settings) in OPTIMIZERS.items():
                step = str(pathlib.Path(folder) / "step.onnx")
                write_step(options.program, source, name, settings, step)
                ours = losses_in_onnxruntime(step, model, options.steps)
                model.load_state_dict(start)
                theirs = losses_in_torch(model, optimizer, settings, options.steps)
                worst = numpy.max(numpy.abs(numpy.array(ours) - theirs))
                print(f"{kind.__name__:12} {name:9} loss {theirs[0]:.4f} to {theirs[-1]:.4f}, "
                      f"largest difference {worst:.1e}")
                failed |= not worst <= LIMIT
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
