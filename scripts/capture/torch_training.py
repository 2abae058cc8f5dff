"""Losses and optimizers of PyTorch under the words that bundles have for them."""
import torch
import torch.nn.functional as F

from capture.errors import CaptureError, short

LOSSES = {"mse": F.mse_loss, "mae": F.l1_loss, "huber": F.huber_loss,
          "cross_entropy": F.cross_entropy, "nll": F.nll_loss,
          "bce_with_logits": F.binary_cross_entropy_with_logits}
# word -> class and the settings that the word implies
OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {}), "momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "nesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "adam": (torch.optim.Adam, {}), "adamw": (torch.optim.AdamW, {}),
    "adamax": (torch.optim.Adamax, {}), "nadam": (torch.optim.NAdam, {}),
    "radam": (torch.optim.RAdam, {}), "rmsprop": (torch.optim.RMSprop, {}),
    "adagrad": (torch.optim.Adagrad, {}), "adadelta": (torch.optim.Adadelta, {}),
    "rprop": (torch.optim.Rprop, {})}
# How PyTorch computes, not what.
IMPLEMENTATION = ("foreach", "capturable", "differentiable", "fused", "decoupled_weight_decay")


def make_optimizer(kind, settings, parameters):
    """(optimizer, its description with every default spelled out)."""
    if kind not in OPTIMIZERS:
        raise CaptureError(f"--optimizer {kind}: expected one of {', '.join(OPTIMIZERS)}")
    make, implied = OPTIMIZERS[kind]
    try:
        # The plain formula: the fused ones add in another order.
        optimizer = make(parameters, **{"foreach": False, **implied, **settings})
    except (TypeError, ValueError) as error:
        raise CaptureError(f"--optimizer {kind}: {short(error)}") from error
    told = {name: list(value) if isinstance(value, tuple) else value
            for name, value in optimizer.defaults.items() if name not in IMPLEMENTATION}
    if told.get("maximize") is False:
        del told["maximize"]
    return optimizer, {"kind": kind, "profile": "torch", **told}


def loss_of(kind, reduction, prediction, target):
    if kind == "output":
        if prediction.numel() != 1:
            raise CaptureError(f"--loss output: the output has {prediction.numel()} elements, a "
                               "loss has one; name it with --prediction")
        return prediction.reshape(())
    try:
        return LOSSES[kind](prediction, target, reduction=reduction)
    except (RuntimeError, ValueError, IndexError) as error:
        raise CaptureError(
            f"--loss {kind} of a prediction {list(prediction.shape)} and a target "
            f"{target.dtype}{list(target.shape)}: {short(error)}") from error
