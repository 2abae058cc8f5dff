#!/usr/bin/env python3
"""Usage: record_exports.py FOLDER

Makes testdata/exports: small networks as torch.onnx.export writes them, with both exporters and
what they lose, and beside each network what PyTorch computes with it in float64:

    NETWORK/older_eval.onnx          dynamo=False, for inference, no constant folding
    NETWORK/older_folded.onnx        dynamo=False, for inference
    NETWORK/newer.onnx               dynamo=True
    cnn/newer_unoptimized.onnx       dynamo=True, optimize=False
    NETWORK/pytorch.safetensors      x, y, cotangent; output and gradient/NAME of <cotangent, output>
                                     in inference; target, and loss (of each step) and trained/NAME
                                     after steps of SGD by the mean squared error in training;
                                     parameters: how many there are

Traces of Python's stack, which hold paths of the machine, are taken out of the metadata.
"""
import os
import sys
import warnings

import onnx
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

STEPS = 8
LEARNING_RATE = 0.05


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.layers = nn.Sequential(nn.Conv2d(4, 6, 3, stride=2, bias=False), nn.BatchNorm2d(6))
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        x = torch.tanh(self.bn1(self.conv1(x)))
        return self.fc(torch.tanh(self.layers(x)).mean((2, 3)))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(4)
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)
        self.norm2 = nn.LayerNorm(4)
        self.fc1 = nn.Linear(4, 6)
        self.fc2 = nn.Linear(6, 4, bias=False)

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attention(y, y, y, need_weights=False)[0]
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Transformer(nn.Module):
    """The weights of the embedding are those of the last layer."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.register_buffer("positions", torch.randn(5, 4))
        self.blocks = nn.ModuleList([Block(), Block()])
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens):
        x = self.embedding(tokens) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(x)


class Copies(nn.Module):
    """nn.TransformerEncoder begins with layers of equal weights."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.encoder(x))


NETWORKS = {
    "cnn": (Cnn, lambda: torch.randn(4, 1, 6, 6)),
    "transformer": (Transformer, lambda: torch.randint(0, 7, (2, 5))),
    "copies": (Copies, lambda: torch.randn(2, 5, 4)),
}

EXPORTS = {
    "older_eval": {"dynamo": False, "do_constant_folding": False},
    "older_folded": {"dynamo": False},
    "newer": {"dynamo": True, "verbose": False, "external_data": False},
    "newer_unoptimized": {"dynamo": True, "verbose": False, "external_data": False,
                          "optimize": False},
}


def without_traces(path):
    model = onnx.load(path)
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if not entry.key.endswith("stack_trace")]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    onnx.save(model, path)


def export(network, example, folder):
    network.eval()
    for name, options in EXPORTS.items():
        if name == "newer_unoptimized" and not isinstance(network, Cnn):
            continue  # as in newer, but large
        path = os.path.join(folder, name + ".onnx")
        torch.onnx.export(network, (example,), path, input_names=["x"], output_names=["y"],
                          **options)
        without_traces(path)


def named_tensors(network):
    """With both names of what is shared."""
    return {name: value for name, value in network.named_parameters(remove_duplicate=False)}


def record(network, example):
    network = network.double().eval()
    x = example.double() if example.is_floating_point() else example
    output = network(x)
    record = {"x": x, "cotangent": torch.randn_like(output), "output": output,
              "parameters": torch.tensor(len(list(network.parameters())))}
    (output * record["cotangent"]).sum().backward()
    for name, value in named_tensors(network).items():
        record["gradient/" + name] = value.grad
    record["target"] = torch.randn_like(output)
    optimizer = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE)
    network.train()
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = F.mse_loss(network(x), record["target"])
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    record["loss"] = torch.stack(losses)
    for name, value in named_tensors(network).items():
        record["trained/" + name] = value
    return {name: value.detach().clone().contiguous() for name, value in record.items()}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    warnings.filterwarnings("ignore")
    for name, (make, example) in NETWORKS.items():
        torch.manual_seed(1)
        network = make()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_()
                module.running_var.uniform_(0.5, 2)
        folder = os.path.join(sys.argv[1], name)
        os.makedirs(folder, exist_ok=True)
        x = example()
        export(network, x, folder)
        save_file(record(network, x), os.path.join(folder, "pytorch.safetensors"))


if __name__ == "__main__":
    main()
