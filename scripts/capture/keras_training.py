"""Losses and optimizers of Keras under the words that bundles have for them."""
import keras
import numpy as np
import tensorflow as tf

from capture.errors import CaptureError, short

OPTIMIZERS = {
    "sgd": ("SGD", {}), "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}), "adam": ("Adam", {}),
    "adamw": ("AdamW", {}), "adamax": ("Adamax", {}), "nadam": ("Nadam", {}),
    "rmsprop": ("RMSprop", {}), "adagrad": ("Adagrad", {}), "adadelta": ("Adadelta", {}),
    "ftrl": ("Ftrl", {}), "lion": ("Lion", {})}


def make_optimizer(kind, settings, precision):
    """(optimizer, its description with every default spelled out)."""
    if kind not in OPTIMIZERS:
        raise CaptureError(f"--optimizer {kind}: expected one of {', '.join(OPTIMIZERS)}")
    name, implied = OPTIMIZERS[kind]
    try:
        optimizer = getattr(keras.optimizers, name)(**implied, **settings)
    except (TypeError, ValueError) as error:
        raise CaptureError(f"--optimizer {kind}: {short(error)}") from error
    told = {key: value for key, value in optimizer.get_config().items()
            if isinstance(value, (bool, int, float)) and key != "jit_compile"}
    if precision == "float64":
        keep_doubles(optimizer)
    return optimizer, {"kind": kind, "profile": "tensorflow", **told}


def keep_doubles(optimizer):
    """Keras rounds settings that are Python's floats to float32 where it casts them."""
    for name, value in list(vars(optimizer).items()):
        if type(value) is float:
            setattr(optimizer, name, np.float64(value))


def elements(kind, prediction, target):
    """The loss's elements, before they are reduced."""
    if kind == "mse":
        return tf.square(prediction - target)
    if kind == "mae":
        return tf.abs(prediction - target)
    if kind == "huber":
        size = tf.abs(prediction - target)
        return tf.where(size <= 1, size * size / 2, size - 0.5)
    if kind == "cross_entropy":
        return tf.nn.sparse_softmax_cross_entropy_with_logits(target, prediction)
    if kind == "bce_with_logits":
        return tf.nn.sigmoid_cross_entropy_with_logits(target, prediction)
    raise CaptureError(f"--loss {kind} is not recorded with Keras")


def loss_of(kind, reduction, prediction, target):
    if kind == "output":
        return tf.reshape(prediction, ())
    if kind == "cross_entropy" and len(prediction.shape) != 2:
        raise CaptureError(f"--loss cross_entropy needs logits of two axes, the output has "
                           f"{len(prediction.shape)}")
    try:
        losses = elements(kind, prediction, target)
    except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
        raise CaptureError(
            f"--loss {kind} of a prediction {list(prediction.shape)} and a target "
            f"{target.dtype}{list(target.shape)}: {short(error)}") from error
    return tf.reduce_mean(losses) if reduction == "mean" else tf.reduce_sum(losses)
