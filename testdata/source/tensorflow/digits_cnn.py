"""digits_cnn for TensorFlow, written by twingrad.

Use: model = Model(load_weights())
"""

from pathlib import Path

import tensorflow as tf
from safetensors.numpy import load_file

WEIGHTS = Path(__file__).with_suffix(".safetensors")
# The names of the model's inputs and outputs, in their order.
INPUTS = ("x",)
OUTPUTS = ("logits",)
# What does not train, by the last parts of the names.
CONSTANTS = ("running_mean", "running_var")


def batch_norm(x, params, training, eps=1e-5, momentum=0.9):
    """Batch normalization of axis 1; in training it renews the running statistics."""
    mean, var = params["running_mean"], params["running_var"]
    shape = (-1, *[1] * (len(x.shape) - 2))
    if training:
        axes = (0, *range(2, len(x.shape)))
        new_mean = tf.reduce_mean(x, axis=axes)
        new_var = tf.math.reduce_variance(x, axis=axes)
        mean.assign(momentum * mean + (1 - momentum) * new_mean)
        var.assign(momentum * var + (1 - momentum) * new_var)
        mean, var = new_mean, new_var
    y = (x - tf.reshape(mean, shape)) * tf.reshape(tf.math.rsqrt(var + eps), shape)
    return y * tf.reshape(params["weight"], shape) + tf.reshape(params["bias"], shape)


def conv(x, params, strides, padding, dilation=None, groups=1):
    """A convolution over [batch, channels, ...]; the weight is [out, in, ...]."""
    rank = len(strides)
    x = tf.pad(x, ((0, 0), (0, 0), *padding))
    x = tf.transpose(x, (0, *range(2, rank + 2), 1))
    weight = tf.transpose(params["weight"], (*range(2, rank + 2), 1, 0))
    y = [
        tf.nn.convolution(part, kernel, strides, dilations=dilation)
        for part, kernel in zip(tf.split(x, groups, -1), tf.split(weight, groups, -1))
    ]
    y = tf.concat(y, -1)
    if "bias" in params:
        y = y + params["bias"]
    return tf.transpose(y, (0, rank + 1, *range(1, rank + 1)))


def linear(x, params):
    """A linear layer: the weight is [out, in]."""
    y = x @ tf.transpose(params["weight"])
    return y + params["bias"] if "bias" in params else y


def max_pool(x, kernel, strides, padding=None, dilation=None):
    """The largest element of every window over [batch, channels, ...]."""
    rank = len(kernel)
    if padding is not None:
        x = tf.pad(x, ((0, 0), (0, 0), *padding), constant_values=x.dtype.min)
    x = tf.transpose(x, (0, *range(2, rank + 2), 1))
    y = tf.nn.pool(x, kernel, "MAX", strides, "VALID", dilations=dilation)
    return tf.transpose(y, (0, rank + 1, *range(1, rank + 1)))


class Model(tf.Module):
    """The model over a tree of variables."""

    def __init__(self, params):
        super().__init__()
        self.params = params

    def __call__(self, x, training=False):
        params = self.params
        x = conv(x, params["conv1"], strides=(1, 1), padding=((1, 1), (1, 1)))
        x = batch_norm(x, params["bn1"], training)
        x = tf.nn.relu(x)
        x = max_pool(x, (2, 2), (2, 2))
        x = conv(x, params["conv2"], strides=(1, 1), padding=((1, 1), (1, 1)))
        x = batch_norm(x, params["bn2"], training)
        x = tf.nn.relu(x)
        x = max_pool(x, (2, 2), (2, 2))
        x = tf.reshape(x, (16, -1))
        logits = linear(x, params["fc"])
        return logits


def load_weights(path=WEIGHTS):
    """The weights of the model as a tree of variables."""
    params = {}
    for name, value in load_file(path).items():
        *folders, leaf = name.split(".")
        tree = params
        for folder in folders:
            tree = tree.setdefault(folder, {})
        trains = leaf not in CONSTANTS
        tree[leaf] = tf.Variable(value, trainable=trains, name=leaf)
    return params
