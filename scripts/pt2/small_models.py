"""Small models, each for something that programs have: in testdata/pt2."""
import torch
import torch.nn.functional as F
from torch import nn
from torch._higher_order_ops.map import map as scan_map
from torch._higher_order_ops.scan import scan
from torch._higher_order_ops.while_loop import while_loop


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 4), nn.GELU(),
                                    nn.Linear(4, 2))

    def forward(self, x):
        return self.layers(x)


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(2, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU(inplace=True),
            nn.MaxPool2d(3, 2, 1), nn.Conv2d(6, 6, 3, stride=2, groups=3), nn.BatchNorm2d(6),
            nn.ReLU6(), nn.AvgPool2d(2, ceil_mode=True), nn.AdaptiveAvgPool2d(1))
        self.classifier = nn.Linear(6, 3)
        for module in self.features:
            if isinstance(module, nn.BatchNorm2d):
                nn.init.normal_(module.running_mean)
                nn.init.uniform_(module.running_var, 0.5, 2)
                nn.init.normal_(module.weight)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class Attention(nn.Module):
    def __init__(self, **keywords):
        super().__init__()
        self.embedding = nn.Embedding(11, 8)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, **keywords)
        self.head = nn.Linear(8, 11)

    def forward(self, tokens):
        mask = nn.Transformer.generate_square_subsequent_mask(
            tokens.shape[1], dtype=self.head.weight.dtype)
        return self.head(self.encoder(self.embedding(tokens), mask, is_causal=True))


class ScaledDotProduct(nn.Module):
    def forward(self, q, k, v, mask):
        return (F.scaled_dot_product_attention(q, k, v, attn_mask=mask),
                F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3))


class Recurrent(nn.Module):
    def __init__(self, kind, **keywords):
        super().__init__()
        self.cell = kind(3, 4, num_layers=2, **keywords)

    def forward(self, x):
        y, state = self.cell(x)
        return (y, *state) if isinstance(state, tuple) else (y, state)


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.gru, self.rnn = nn.LSTMCell(3, 4), nn.GRUCell(4, 4), nn.RNNCell(4, 4)

    def forward(self, x, h, c):
        h, c = self.lstm(x, (h, c))
        return self.rnn(self.gru(h, c), h)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = nn.Conv2d(1, 4, 3, padding=1)
        self.down2 = nn.Conv2d(4, 6, 3, padding="same")
        self.up = nn.ConvTranspose2d(6, 4, 2, stride=2)
        self.out = nn.Conv2d(8, 2, 1)
        self.norm1, self.norm2 = nn.GroupNorm(2, 4), nn.InstanceNorm2d(6, affine=True)

    def forward(self, x):
        a = F.silu(self.norm1(self.down1(x)))
        b = F.leaky_relu(self.norm2(self.down2(F.max_pool2d(a, 2))), 0.1)
        up = self.up(b)
        wide = F.interpolate(self.out(torch.cat([a, up], 1)), scale_factor=2, mode="bilinear")
        return wide, F.interpolate(b, size=(5, 7), mode="nearest")


class Bags(nn.Module):
    def __init__(self):
        super().__init__()
        self.bags = nn.EmbeddingBag(9, 4, mode="mean")
        self.sums = nn.EmbeddingBag(9, 4, mode="sum", include_last_offset=True)
        self.table = nn.Parameter(torch.randn(6, 5))

    def forward(self, tokens, offsets, ends, columns):
        return (self.bags(tokens, offsets), self.sums(tokens, ends),
                torch.gather(self.table, 1, columns), self.table[columns[:, 0], :2],
                self.table[:, columns[0]])


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(3, 4)

    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda y: self.a(y).sin(), lambda y: self.b(y) * 2, (x,))


class TakenBranch(Branches):
    def forward(self, x):
        return self.a(x).sin() if x.sum() > 0 else self.b(x) * 2


class Turns(nn.Module):
    """Doubles until the sum is above a bound."""

    def forward(self, x):
        count = torch.zeros((), dtype=torch.int64)
        return while_loop(lambda n, y: (n < 8) & (y.sum() < 20), lambda n, y: (n + 1, y * 2 + 0.5),
                          (count, x))


class TurnsInPython(nn.Module):
    def forward(self, x):
        count = torch.zeros((), dtype=torch.int64)
        while count < 8 and x.sum() < 20:
            count, x = count + 1, x * 2 + 0.5
        return count, x


class Mapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3))

    def forward(self, xs):
        return scan_map(lambda x, w: (x * w).sum() * x, xs, self.weight)


class MappedInPython(Mapped):
    def forward(self, xs):
        return torch.stack([(x * self.weight).sum() * x for x in xs])


class Scanned(nn.Module):
    def forward(self, state, xs):
        return scan(lambda c, x: (c * 0.5 + x.tanh(), c + x), state, xs, dim=0)


class ScannedInPython(nn.Module):
    def forward(self, state, xs):
        ys = []
        for x in xs:
            ys.append(state + x)
            state = state * 0.5 + x.tanh()
        return state, torch.stack(ys)


class Dynamic(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def forward(self, x, y):
        n = x.shape[0]
        flat = self.layer(x).view(n * 3)
        table = flat.reshape(3, -1) + torch.arange(n, dtype=x.dtype)
        half = y[: y.shape[0] // 2] * (n - 1)
        return table, half, torch.zeros(n, 2, dtype=x.dtype) + x[:, :2].mean(), \
            F.pad(x, (0, 0, 1, n - 1)).sum(0).expand(n, 4)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.head = nn.Linear(4, 7, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens):
        return self.head(self.embedding(tokens).tanh())


class Strided(nn.Module):
    """Weights that do not lie in memory row by row."""

    def __init__(self):
        super().__init__()
        self.transposed = nn.Parameter(torch.randn(3, 5).t())
        self.part = nn.Parameter(torch.randn(6, 8)[1:4, 2:8:2])
        self.expanded = nn.Parameter(torch.randn(1, 3).expand(4, 3))
        self.channels = nn.Parameter(torch.randn(2, 3, 2, 2).to(memory_format=torch.channels_last))
        self.register_buffer("offset", torch.randn(4, 3).t(), persistent=False)

    def forward(self, x):
        y = x @ self.transposed @ self.part + self.expanded
        return y @ self.offset, F.conv2d(y.reshape(1, 3, 2, 2), self.channels)


def strided():
    """The same weights every time."""
    torch.manual_seed(7)
    return Strided().double()


class Kinks(nn.Module):
    def forward(self, x, y):
        return (F.relu(x), F.relu6(x), torch.clamp(x, 0, 6), torch.clamp(x, min=0), F.hardtanh(x),
                torch.clamp(x, max=torch.tensor(6.0, dtype=x.dtype)), torch.amax(y, 1),
                torch.max(y, 1)[0], torch.max(y), torch.min(y, 0)[0], torch.maximum(x, x.flip(0)),
                F.leaky_relu(x), F.elu(x, 2), F.celu(x, 0.5), F.selu(x), F.hardsigmoid(x),
                F.hardswish(x), x.abs(), F.softshrink(x, 1), F.hardshrink(x, 1), F.threshold(x, 1, 0),
                torch.clamp_min(x, 1), torch.clamp(x, -1, 1), F.smooth_l1_loss(x, x.flip(0)),
                torch.fmax(x, x.flip(0)), torch.topk(y, 2)[0], torch.sort(y, stable=True)[0])


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.plain = nn.LayerNorm([3, 4]), nn.LayerNorm(4, elementwise_affine=False)
        self.group, self.rms = nn.GroupNorm(3, 6), nn.RMSNorm(4)
        self.instance = nn.InstanceNorm1d(6)
        for parameter in self.parameters():
            nn.init.normal_(parameter)

    def forward(self, x):
        return (self.layer(x[:, :3]), self.plain(x), self.group(x), self.rms(x), self.instance(x),
                F.normalize(x, dim=1))


class Upsampled(nn.Module):
    def forward(self, x):
        f = F.interpolate
        return (f(x, size=(7, 5), mode="bilinear"), f(x, scale_factor=1.7, mode="bilinear"),
                f(x, size=(7, 5), mode="bilinear", align_corners=True), f(x, size=(7, 9), mode="bicubic"),
                f(x, scale_factor=2.3), f(x, size=(3, 7), mode="nearest-exact"),
                f(x, size=(2, 3), mode="bilinear", antialias=True))


class Trained(nn.Module):
    """Batch statistics and drawn masks."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv1d(2, 3, 3), nn.BatchNorm1d(3, momentum=0.2)
        self.drop, self.head = nn.Dropout(0.4), nn.Linear(3, 2)

    def forward(self, x):
        return self.head(self.drop(F.relu(self.norm(self.conv(x)))).mean(2))


class Written(nn.Module):
    """Tensors that are written into, also through views."""

    def __init__(self):
        super().__init__()
        self.register_buffer("memory", torch.zeros(4, 3))

    def forward(self, x):
        table = torch.zeros(4, 3, dtype=x.dtype)
        row = table[1]
        row.copy_(x[0])
        row.mul_(2)
        table[2:, 1] = x[1, :2]
        flat = table.view(-1)
        flat[0] = x.sum()
        self.memory.mul_(0.5)
        self.memory[:2] += x
        return table * 3, row + 1, self.memory.sum(0)


class Spectrum(nn.Module):
    def forward(self, x):
        f = torch.fft.rfft(x)
        return torch.fft.irfft(f * f.conj(), n=x.shape[-1]), f.abs(), torch.view_as_real(
            torch.fft.fft2(x))


def add_all(bundle):
    torch.manual_seed(0)
    r = torch.randn
    b = torch.export.Dim("B", min=2, max=64)
    bundle.add("mlp", Mlp().eval(), (r(3, 5),))
    bundle.add("mlp-core", Mlp().eval(), (r(3, 5),), decompose=True)
    cnn = Cnn().eval()
    bundle.add("cnn", cnn, (r(2, 2, 12, 12),), dynamic=({0: b},), more=[(r(3, 2, 12, 12),)])
    bundle.add("cnn-core", cnn, (r(2, 2, 12, 12),), decompose=True)
    tokens = torch.randint(0, 11, (2, 5))
    attention = Attention(dropout=0.0)
    bundle.add("transformer", attention, (tokens,))
    bundle.add("transformer-core", attention, (tokens,), decompose=True)
    dropping = Attention(dropout=0.3)
    dropping.encoder.self_attn.dropout = 0.0  # within one operator: nobody sees its mask
    bundle.add("transformer-dropout", dropping, (tokens,))
    mask = torch.rand(4, 5) > 0.3
    mask[1] = False
    bundle.add("attention", ScaledDotProduct(), (r(2, 2, 4, 3), r(2, 2, 5, 3), r(2, 2, 5, 3), mask))
    bundle.add("lstm", Recurrent(nn.LSTM, bidirectional=True, batch_first=True), (r(2, 5, 3),))
    bundle.add("gru", Recurrent(nn.GRU, bidirectional=True), (r(5, 2, 3),))
    bundle.add("rnn", Recurrent(nn.RNN, nonlinearity="relu", bias=False), (r(5, 2, 3),))
    bundle.add("cells", Cells(), (r(2, 3), r(2, 4), r(2, 4)))
    bundle.add("unet", UNet(), (r(2, 1, 8, 8),))
    bundle.add("unet-core", UNet(), (r(2, 1, 8, 8),), decompose=True)
    offsets, ends = torch.tensor([0, 3, 3]), torch.tensor([0, 2, 6])
    bundle.add("bags", Bags(), (torch.randint(0, 9, (6,)), offsets, ends,
                                torch.randint(0, 5, (3, 4))))
    bundle.add("cond", Branches(), (torch.ones(2, 3),), more=[(-torch.ones(2, 3),)],
               reference=TakenBranch())
    bundle.add("while", Turns(), (torch.rand(3),), reference=TurnsInPython())
    bundle.add("map", Mapped(), (r(4, 3),), reference=MappedInPython())
    bundle.add("scan", Scanned(), (r(3), r(4, 3)), reference=ScannedInPython())
    bundle.add("dynamic", Dynamic(), (r(4, 4), r(6, 2)), dynamic=({0: b}, {0: torch.export.Dim.AUTO}),
               more=[(r(7, 4), r(9, 2))])
    bundle.add("tied", Tied(), (torch.randint(0, 7, (2, 3)),))
    bundle.add("strided", strided(), (r(4, 5),))
    bundle.add("kinks", Kinks(), (torch.tensor([-3.0, -1, 0, 1, 3, 6, 7, 0.5]),
                                  torch.tensor([[2.0, 2, 1], [0, 0, 0], [1, 3, 3]])),
               tags=["kink", "tie"])
    bundle.add("norms", Norms(), (r(2, 6, 4),))
    bundle.add("upsampled", Upsampled(), (r(1, 2, 4, 6),))
    bundle.add("trained", Trained().train(), (r(4, 2, 6),))
    bundle.add("trained-core", Trained().train(), (r(4, 2, 6),), decompose=True)
    bundle.add("written", Written(), (r(2, 3),))
    bundle.add("written-core", Written(), (r(2, 3),), decompose=True)
    bundle.add("spectrum", Spectrum(), (r(3, 8),))
