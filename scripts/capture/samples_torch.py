"""Models that scripts/verify_capture.sh captures beside torchvision's."""
import torch
from torch import nn


class TokenTransformer(nn.Module):
    """PyTorch's own encoder: attention and Dropout inside of functions."""

    def __init__(self, words=40, width=24, heads=4, layers=2, classes=5, dropout=0.1):
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.positions = nn.Parameter(torch.randn(16, width) * 0.1)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout, "gelu",
                                           batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, classes)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.positions[:tokens.shape[1]]
        return self.head(self.encoder(x).mean(1))


class LstmRegressor(nn.Module):
    """Two outputs, a loss of one of them, Dropout between layers of modules."""

    def __init__(self, width=6, hidden=12):
        super().__init__()
        self.lstm = nn.LSTM(width, hidden, batch_first=True)
        self.drop = nn.Dropout(0.25)
        self.head = nn.Linear(hidden, 1)

    def forward(self, series):
        y, (last, _) = self.lstm(series)
        return {"prediction": self.head(self.drop(y[:, -1])), "state": last[0]}


class TiedAutoencoder(nn.Module):
    """One parameter in two places, functions in place, a loss as output."""

    def __init__(self, width=20, code=6):
        super().__init__()
        self.encode = nn.Linear(width, code)
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        hidden = self.encode(x)
        hidden += 0.1
        hidden.relu_()
        rebuilt = hidden @ self.encode.weight + self.bias
        return {"loss": (rebuilt - x).square().mean(), "rebuilt": rebuilt}
