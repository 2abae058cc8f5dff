"""The model to port: reads the rows of an 8 x 8 digit as a sequence."""
import torch.nn.functional as F
from torch import nn


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
        x = self.embed(x.flatten(0, 1))
        h = self.norm1(x)
        x = x + F.scaled_dot_product_attention(self.query(h), self.key(h), self.value(h))
        x = x + self.drop(self.down(F.gelu(self.up(self.norm2(x)))))
        return self.head(x.mean(1))
