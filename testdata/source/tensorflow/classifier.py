"""classifier for TensorFlow, written by twingrad.

Use: model = Model(load_weights())
"""

from pathlib import Path

import tensorflow as tf
from safetensors.numpy import load_file

WEIGHTS = Path(__file__).with_suffix(".safetensors")
# The names of the model's inputs and outputs, in their order.
INPUTS = ("x", "labels")
OUTPUTS = ("loss", "logits")


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


class Model(tf.Module):
    """The model over a tree of variables."""

    def __init__(self, params):
        super().__init__()
        self.params = params

    def __call__(self, x, labels, training=False):
        params = self.params
        pre = x @ params["W1"] + params["b1"]
        hidden = tf.tanh(pre)
        logits = hidden @ params["W2"] + params["b2"]
        loss = nll_loss(tf.nn.log_softmax(logits, axis=1), labels)
        return (loss, logits)


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
