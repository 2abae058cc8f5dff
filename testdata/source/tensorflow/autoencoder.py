"""autoencoder for TensorFlow, written by twingrad.

Use: model = Model(load_weights())
"""

from pathlib import Path

import tensorflow as tf
from safetensors.numpy import load_file

WEIGHTS = Path(__file__).with_suffix(".safetensors")
# The names of the model's inputs and outputs, in their order.
INPUTS = ("x",)
OUTPUTS = ("reconstruction",)
# What the model calls the results of its dropouts, in their order.
DRAWS = ("/encoder/encoder.2/Dropout_output_0",)


def dropout(x, ratio, training):
    """Sets a share of the elements to zero in training, and scales the others."""
    return tf.nn.dropout(x, ratio) if training else x


def linear(x, params):
    """A linear layer: the weight is [out, in]."""
    y = x @ tf.transpose(params["weight"])
    return y + params["bias"] if "bias" in params else y


class Model(tf.Module):
    """The model over a tree of variables."""

    def __init__(self, params):
        super().__init__()
        self.params = params

    def __call__(self, x, training=False):
        params = self.params
        x = linear(x, params["encoder"]["0"])
        x = tf.tanh(x)
        x = dropout(x, 0.125, training)
        x = linear(x, params["encoder"]["3"])
        x = linear(x, params["decoder"]["0"])
        y = tf.sigmoid(x)
        x = x * y
        x = linear(x, params["decoder"]["2"])
        reconstruction = tf.sigmoid(x)
        return reconstruction


def load_weights(path=WEIGHTS):
    """The weights of the model as a tree of variables."""
    params = {}
    for name, value in load_file(path).items():
        *folders, leaf = name.split(".")
        tree = params
        for folder in folders:
            tree = tree.setdefault(folder, {})
        tree[leaf] = tf.Variable(value, name=leaf)
    return params
