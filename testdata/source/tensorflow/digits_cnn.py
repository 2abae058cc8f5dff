"""digits_cnn for Keras 3, written by twingrad.

Use: model = load_weights(Model())
"""

from pathlib import Path

import keras
import tensorflow as tf
from keras import layers
from safetensors.numpy import load_file

WEIGHTS = Path(__file__).with_suffix(".safetensors")
# The names of the model's inputs and outputs, in their order.
INPUTS = ("x",)
OUTPUTS = ("logits",)


class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv1 = layers.Conv2D(8, 3, padding="same")
        self.bn1 = layers.BatchNormalization(momentum=0.9, epsilon=1e-05)
        self.pool1 = layers.MaxPooling2D(2)
        self.conv2 = layers.Conv2D(12, 3, padding="same")
        self.bn2 = layers.BatchNormalization(momentum=0.9, epsilon=1e-05)
        self.pool2 = layers.MaxPooling2D(2)
        self.flatten = layers.Flatten()
        self.fc = layers.Dense(10)

    def call(self, x, training=None):
        x = tf.transpose(x, (0, 2, 3, 1))
        x = self.conv1(x)
        x = self.bn1(x, training=training)
        x = tf.nn.relu(x)
        x = self.pool1(x)
        x = self.conv2(x)
        x = self.bn2(x, training=training)
        x = tf.nn.relu(x)
        x = self.pool2(x)
        x = tf.transpose(x, (0, 3, 1, 2))
        x = self.flatten(x)
        return self.fc(x)


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
    model(keras.KerasTensor((16, 1, 8, 8), "float32"))
    for name, value in load_file(path).items():
        variable, is_turned = variable_of(model, name)
        if is_turned:
            value = value.transpose(*range(2, value.ndim), 1, 0)
        variable.assign(value.reshape(variable.shape))
    return model
