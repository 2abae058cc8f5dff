"""Architectures of torchvision and timm, and some of our own, with random weights on small images."""
import torch
import torchvision.models as vision
from torch import nn

TORCHVISION = {
    # name: (image size, arguments)
    "alexnet": (64, {}), "vgg11_bn": (32, {}), "resnet18": (64, {}), "resnext50_32x4d": (32, {}),
    "wide_resnet50_2": (32, {}), "densenet121": (64, {}), "squeezenet1_1": (64, {}),
    "shufflenet_v2_x0_5": (64, {}), "googlenet": (64, {"aux_logits": False, "init_weights": True}),
    "inception_v3": (96, {"aux_logits": False, "init_weights": True}), "mobilenet_v2": (64, {}),
    "mobilenet_v3_small": (64, {}), "mobilenet_v3_large": (64, {}), "mnasnet0_5": (64, {}),
    "efficientnet_b0": (64, {}), "efficientnet_v2_s": (64, {}), "regnet_x_400mf": (64, {}),
    "regnet_y_400mf": (64, {}), "convnext_tiny": (64, {}), "vit_b_16": (32, {"image_size": 32}),
    "swin_t": (64, {}),
}
# Not levit and xcit: PyTorch 2.15's derivative of batch_norm in evaluation is wrong where the gradient
# arrives transposed (torch.autograd.gradcheck says so). Not swin_v2: on small images it divides
# rows of zeros by their length.
TIMM = {
    "resnet10t": {}, "mobilenetv4_conv_small": {}, "ghostnet_050": {}, "mixnet_s": {},
    "vit_tiny_patch16_224": {"img_size": 32}, "deit_tiny_patch16_224": {"img_size": 32},
    "cait_xxs24_224": {"img_size": 32}, "mixer_s32_224": {"img_size": 64},
    "poolformer_s12": {}, "edgenext_xx_small": {}, "fastvit_t8": {},
    "efficientvit_b0": {}, "res2net50_14w_8s": {},
    "coat_tiny": {"img_size": 64}, "pvt_v2_b0": {}, "repvgg_a0": {}, "hrnet_w18_small": {},
}


class SpeechLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.front = nn.Conv1d(12, 24, 3, stride=2, padding=1)
        self.lstm = nn.LSTM(24, 32, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        y, _ = self.lstm(torch.relu(self.front(x)).transpose(1, 2))
        return self.head(y).log_softmax(-1)


class GruTranslator(nn.Module):
    def __init__(self):
        super().__init__()
        self.source, self.target = nn.Embedding(50, 24), nn.Embedding(50, 24)
        self.encoder, self.decoder = nn.GRU(24, 32, batch_first=True), nn.GRU(56, 32, batch_first=True)
        self.head = nn.Linear(64, 50)

    def forward(self, source, target):
        memory, state = self.encoder(self.source(source))
        words = self.target(target)
        context = memory.mean(1, keepdim=True).expand(-1, words.shape[1], -1)
        y, _ = self.decoder(torch.cat([words, context], -1), state)
        weights = torch.softmax(y @ memory.transpose(1, 2) / 32 ** 0.5, -1)
        return self.head(torch.cat([y, weights @ memory], -1))


class UNet(nn.Module):
    def __init__(self, widths=(8, 16, 32)):
        super().__init__()

        def block(i, o):
            return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(),
                                 nn.Conv2d(o, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU())

        self.down = nn.ModuleList(block(i, o) for i, o in zip((3, *widths), widths))
        self.up = nn.ModuleList(nn.ConvTranspose2d(o, i, 2, 2)
                                for i, o in zip(widths, widths[1:]))
        self.join = nn.ModuleList(block(2 * i, i) for i in widths[:-1])
        self.out = nn.Conv2d(widths[0], 2, 1)

    def forward(self, x):
        skips = []
        for number, block in enumerate(self.down):
            x = block(x if number == 0 else nn.functional.max_pool2d(x, 2))
            skips.append(x)
        for up, join, skip in zip(self.up[::-1], self.join[::-1], skips[-2::-1]):
            x = join(torch.cat([up(x), skip], 1))
        return self.out(x)


class TinyGpt(nn.Module):
    def __init__(self, words=40, width=32, heads=4, layers=3):
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(16, width)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, "gelu", batch_first=True,
                                           norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width),
                                            enable_nested_tensor=False)
        self.head = nn.Linear(width, words, bias=False)
        self.head.weight = self.words.weight

    def forward(self, tokens):
        n = tokens.shape[1]
        mask = torch.triu(torch.full((n, n), float("-inf"), dtype=self.head.weight.dtype), 1)
        x = self.words(tokens) + self.places(torch.arange(n))
        return self.head(self.blocks(x, mask, is_causal=True))


class EncoderDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(30, 16)
        self.core = nn.Transformer(16, 2, 2, 2, 32, 0.0, batch_first=True)
        self.head = nn.Linear(16, 30)

    def forward(self, source, target):
        mask = self.core.generate_square_subsequent_mask(target.shape[1],
                                                         dtype=self.head.weight.dtype)
        return self.head(self.core(self.words(source), self.words(target), tgt_mask=mask,
                                   tgt_is_causal=True))


def tokens(words, *shape):
    return torch.randint(0, words, shape)


OWN = {
    "speech_lstm": (SpeechLstm, lambda: (torch.randn(2, 12, 20),)),
    "gru_translator": (GruTranslator, lambda: (tokens(50, 2, 7), tokens(50, 2, 5))),
    "unet": (UNet, lambda: (torch.randn(2, 3, 32, 32),)),
    "tiny_gpt": (TinyGpt, lambda: (tokens(40, 2, 12),)),
    "encoder_decoder": (EncoderDecoder, lambda: (tokens(30, 2, 6), tokens(30, 2, 5))),
    "deeplab": (lambda: Segmentation(), lambda: (torch.randn(1, 3, 64, 64),)),
}


class Segmentation(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = vision.segmentation.lraspp_mobilenet_v3_large(weights=None,
                                                                 weights_backbone=None,
                                                                 num_classes=5)

    def forward(self, x):
        return self.net(x)["out"]


def randomized(module):
    """Statistics and scales that do not let errors hide."""
    generator = torch.Generator().manual_seed(1)
    for name, value in [*module.named_parameters(), *module.named_buffers()]:
        with torch.no_grad():
            if name.endswith("running_var"):
                value.copy_(torch.rand(value.shape, generator=generator) + 0.5)
            elif name.endswith("running_mean"):
                value.copy_(torch.randn(value.shape, generator=generator) * 0.1)
            elif "layer_scale" in name or name.endswith("gamma"):
                value.copy_(torch.rand(value.shape, generator=generator) + 0.1)
    return module


def names():
    return [*TORCHVISION, *("timm." + name for name in TIMM), *OWN]


def add_architecture(bundle, name):
    if name == "all":
        for each in names():
            add_architecture(bundle, each)
        return
    torch.manual_seed(0)
    if name in OWN:
        make, inputs = OWN[name]
        module, arguments = make(), inputs()
    elif name.startswith("timm."):
        import timm
        options = TIMM[name[5:]]
        module = timm.create_model(name[5:], pretrained=False, num_classes=10, **options)
        size = options.get("img_size", 64)
        arguments = (torch.randn(1, 3, size, size),)
    else:
        size, options = TORCHVISION[name]
        module = getattr(vision, name)(weights=None, num_classes=10, **options)
        arguments = (torch.randn(1, 3, size, size),)
    bundle.add(name, randomized(module).eval(), arguments)
    if name in CORE_TOO:
        bundle.add(f"{name}-core", module, arguments, decompose=True)


CORE_TOO = ("resnet18", "mobilenet_v3_small", "swin_t", "vit_b_16", "unet", "speech_lstm", "tiny_gpt",
            "timm.ghostnet_050")
