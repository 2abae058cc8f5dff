"""autoencoder for Keras 3, written by twingrad.

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
INPUTS = ("x",)
OUTPUTS = ("reconstruction",)
# What the model calls the results of its dropouts, in their order.
DRAWS = ("/encoder/encoder.2/Dropout_output_0",)


class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = {"0": layers.Dense(16), "3": layers.Dense(4)}
        self.dropout = layers.Dropout(0.125)
        self.decoder = {"0": layers.Dense(16), "2": layers.Dense(64)}

    def call(self, x, training=None):
        x = self.encoder["0"](x)
        x = tf.tanh(x)
        x = self.dropout(x, training=training)
        x = self.encoder["3"](x)
        x = self.decoder["0"](x)
        y = tf.sigmoid(x)
        x = x * y
        x = self.decoder["2"](x)
        return tf.sigmoid(x)


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
    model(keras.KerasTensor((8, 64), "float64"))
    for name, value in load_file(path).items():
        variable, is_turned = variable_of(model, name)
        if is_turned:
            value = value.transpose(*range(2, value.ndim), 1, 0)
        variable.assign(value.reshape(variable.shape))
    return model
