"""The port of original.py as somebody wrote it for another code base: attention by hand, and the
activation that this code base calls `gelu`."""
import torch
from torch import nn


def gelu(x):
    return 0.5 * x * (1 + torch.tanh(0.7978845608028654 * (x + 0.044715 * x ** 3)))


class RowReader(nn.Module):
    def __init__(self, width=24, classes=10):
        super().__init__()
        self.embed = nn.Linear(8, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = self.embed(x.reshape(-1, 8, 8))
        h = self.norm1(x)
        scores = self.query(h) @ self.key(h).transpose(1, 2) / h.shape[-1] ** 0.5
        x = x + torch.softmax(scores, -1) @ self.value(h)
        x = x + self.drop(self.down(gelu(self.up(self.norm2(x)))))
        return self.head(x.mean(1))
