"""Losses and optimizers of optax under the words that bundles have for them."""
import inspect

import jax.numpy as jnp
import optax

from capture.errors import CaptureError, short

# word -> function of optax and the settings that the word implies
OPTIMIZERS = {
    "sgd": ("sgd", {}), "momentum": ("sgd", {"momentum": 0.9}),
    "nesterov": ("sgd", {"momentum": 0.9, "nesterov": True}), "adam": ("adam", {}),
    "amsgrad": ("amsgrad", {}), "adamw": ("adamw", {}), "adamax": ("adamax", {}),
    "nadam": ("nadam", {}), "radam": ("radam", {}), "rmsprop": ("rmsprop", {}),
    "adagrad": ("adagrad", {}), "adadelta": ("adadelta", {}), "lion": ("lion", {}),
    "lamb": ("lamb", {})}
# The word in a bundle, and what it leaves out.
TOLD = {"amsgrad": ("adam", {"amsgrad": True})}


def make_optimizer(kind, settings):
    """(optimizer, its description with every default spelled out)."""
    if kind not in OPTIMIZERS:
        raise CaptureError(f"--optimizer {kind}: expected one of {', '.join(OPTIMIZERS)}")
    name, implied = OPTIMIZERS[kind]
    make = getattr(optax, name)
    known = inspect.signature(make).parameters
    chosen = {**implied, **settings}
    missing = [p.name for p in known.values()
               if p.default is inspect.Parameter.empty and p.name not in chosen]
    if missing:
        raise CaptureError(f"--optimizer {kind} needs --set {missing[0]}=...")
    try:
        optimizer = make(**chosen)
    except (TypeError, ValueError) as error:
        raise CaptureError(f"--optimizer {kind}: {short(error)}") from error
    defaults = {p.name: p.default for p in known.values()
                if isinstance(p.default, (bool, int, float))}
    word, more = TOLD.get(kind, (kind, {}))
    return optimizer, {"kind": word, "profile": "jax", "optax": name, **defaults, **chosen, **more}


def cross_entropy(prediction, target):
    logits = jnp.moveaxis(prediction, 1, -1)
    return optax.losses.softmax_cross_entropy_with_integer_labels(logits, target)


def nll(prediction, target):
    return -jnp.take_along_axis(prediction, target[:, None], axis=1)[:, 0]


ELEMENTS = {
    "mse": lambda p, t: jnp.square(p - t), "mae": lambda p, t: jnp.abs(p - t),
    "huber": optax.losses.huber_loss, "cross_entropy": cross_entropy, "nll": nll,
    "bce_with_logits": optax.losses.sigmoid_binary_cross_entropy}


def loss_of(kind, reduction, prediction, target):
    if kind == "output":
        if prediction.size != 1:
            raise CaptureError(f"--loss output: the output has {prediction.size} elements, a loss "
                               "has one; name it with --prediction")
        return prediction.reshape(())
    fits = target.shape == prediction.shape
    if kind in ("cross_entropy", "nll"):
        fits = target.dtype.kind in "iu" and prediction.ndim > 1 and (
            target.shape == prediction.shape[:1] + prediction.shape[2:])
    if not fits:
        raise CaptureError(f"--loss {kind} of a prediction {list(prediction.shape)} and a target "
                           f"{target.dtype}{list(target.shape)}")
    losses = ELEMENTS[kind](prediction, target)
    return losses.mean() if reduction == "mean" else losses.sum()
