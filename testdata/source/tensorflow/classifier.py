"""classifier for Keras 3, written by twingrad.

Use: model = load_weights(Model())
"""

from pathlib import Path

import keras
import tensorflow as tf
from keras import layers
from safetensors.numpy import load_file

keras.config.set_floatx("float64")

WEIGHTS = Path(__file__).with_suffix(".safetensors")
# The names of the model's inputs and outputs, in their order.
INPUTS = ("x", "labels")
OUTPUTS = ("loss", "logits")
# The names in the model of what is called otherwise here.
WEIGHT_NAMES = {
    "W1": "dense1.kernel",
    "b1": "dense1.bias",
    "W2": "dense2.kernel",
    "b2": "dense2.bias",
}


def nll_loss(x, labels, weight=None, ignore_index=None, reduction="mean"):
    """Minus the log probabilities of the labels; the classes are axis 1."""
    hot = tf.one_hot(labels, x.shape[1], axis=1, dtype=x.dtype)
    if ignore_index is not None:
        counts = tf.expand_dims(labels, 1) != ignore_index
        hot = tf.where(counts, hot, tf.zeros_like(hot))
    if weight is not None:
        hot = hot * tf.reshape(weight, (-1, *[1] * (len(labels.shape) - 1)))
    loss = -tf.reduce_sum(hot * x, axis=1)
    if reduction == "mean":
        return tf.reduce_sum(loss) / tf.reduce_sum(hot)
    return tf.reduce_sum(loss) if reduction == "sum" else loss


class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense1 = layers.Dense(8)
        self.dense2 = layers.Dense(3)

    def call(self, x, labels, training=None):
        pre = self.dense1(x)
        hidden = tf.tanh(pre)
        logits = self.dense2(hidden)
        loss = nll_loss(tf.nn.log_softmax(logits, axis=1), labels)
        return loss, logits


# What Keras calls the tensors of a layer.
VARIABLES = {
    "weight": ("kernel", "gamma", "embeddings", "alpha"),
    "bias": ("beta",),
    "running_mean": ("moving_mean",),
    "running_var": ("moving_variance",),
}


def variable_of(model, path):
    """The variable of a weight, and whether its first two axes are the last ones here."""
    *folders, leaf = path.split(".")
    owner = model
    for name in folders:
        if isinstance(owner, keras.Sequential):
            owner = owner.layers[int(name)]
        elif isinstance(owner, list):
            owner = owner[int(name)]
        elif isinstance(owner, dict):
            owner = owner[name]
        else:
            owner = getattr(owner, name)
    if isinstance(owner, list):
        return owner[int(leaf)], False
    if isinstance(owner, dict):
        return owner[leaf], False
    for name in (leaf, *VARIABLES.get(leaf, ())):
        if hasattr(owner, name):
            return getattr(owner, name), leaf == "weight" and name == "kernel"
    raise ValueError(f"{path}: no such weight")


def load_weights(model, path=WEIGHTS):
    """Reads the weights of the model from a file; returns the model."""
    # The first call makes the variables.
    model(keras.KerasTensor((12, 6), "float64"), keras.KerasTensor((12,), "int64"))
    for name, value in load_file(path).items():
        variable, is_turned = variable_of(model, WEIGHT_NAMES.get(name, name))
        if is_turned:
            value = value.transpose(*range(2, value.ndim), 1, 0)
        variable.assign(value.reshape(variable.shape))
    return model
