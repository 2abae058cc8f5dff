"""autoencoder for PyTorch, written by twingrad.

Use: model = load_weights(Model())
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

WEIGHTS = Path(__file__).with_suffix(".safetensors")
# The names of the model's inputs and outputs, in their order.
INPUTS = ("x",)
OUTPUTS = ("reconstruction",)
# What the model calls the results of its dropouts, in their order.
DRAWS = ("/encoder/encoder.2/Dropout_output_0",)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.ModuleDict({"0": nn.Linear(64, 16), "3": nn.Linear(16, 4)})
        self.dropout = nn.Dropout(p=0.125)
        self.decoder = nn.ModuleDict({"0": nn.Linear(4, 16), "2": nn.Linear(16, 64)})
        self.to(torch.float64)

    def forward(self, x):
        x = self.encoder["0"](x)
        x = torch.tanh(x)
        x = self.dropout(x)
        x = self.encoder["3"](x)
        x = self.decoder["0"](x)
        y = torch.sigmoid(x)
        x = x * y
        x = self.decoder["2"](x)
        return torch.sigmoid(x)


def load_weights(model, path=WEIGHTS):
    """Reads the weights of the model from a file; returns the model."""
    model.load_state_dict(load_file(path))
    return model
