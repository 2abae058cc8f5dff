"""classifier for PyTorch, written by twingrad.

Use: model = load_weights(Model())
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

WEIGHTS = Path(__file__).with_suffix(".safetensors")
# The names of the model's inputs and outputs, in their order.
INPUTS = ("x", "labels")
OUTPUTS = ("loss", "logits")


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.W1 = nn.Parameter(torch.empty(6, 8))
        self.b1 = nn.Parameter(torch.empty(8))
        self.W2 = nn.Parameter(torch.empty(8, 3))
        self.b2 = nn.Parameter(torch.empty(3))
        self.to(torch.float64)

    def forward(self, x, labels):
        pre = x @ self.W1 + self.b1
        hidden = torch.tanh(pre)
        logits = hidden @ self.W2 + self.b2
        loss = F.cross_entropy(logits, labels)
        return loss, logits


def load_weights(model, path=WEIGHTS):
    """Reads the weights of the model from a file; returns the model."""
    model.load_state_dict(load_file(path))
    return model
