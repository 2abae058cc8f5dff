"""autoencoder for JAX, written by twingrad.

Use: params, state = load_weights(); y, state = apply(params, state, x)
"""

from pathlib import Path

import jax
import jax.numpy as jnp
from safetensors.numpy import load_file

jax.config.update("jax_enable_x64", True)

WEIGHTS = Path(__file__).with_suffix(".safetensors")
# The names of the model's inputs and outputs, in their order.
INPUTS = ("x",)
OUTPUTS = ("reconstruction",)
# What the model calls the results of its dropouts, in their order.
DRAWS = ("/encoder/encoder.2/Dropout_output_0",)


def dropout(x, ratio, train, key):
    """Sets a share of the elements to zero in training, and scales the others."""
    if not train:
        return x
    keep = jax.random.bernoulli(key, 1 - ratio, x.shape)
    return jnp.where(keep, x / (1 - ratio), 0)


def linear(x, params):
    """A linear layer: the weight is [out, in]."""
    y = x @ params["weight"].T
    return y + params["bias"] if "bias" in params else y


def apply(params, state, x, train=False, key=None):
    """The outputs and the next state; in training, dropout draws with the key."""
    x = linear(x, params["encoder"]["0"])
    x = jnp.tanh(x)
    x = dropout(x, 0.125, train, key)
    x = linear(x, params["encoder"]["3"])
    x = linear(x, params["decoder"]["0"])
    y = jax.nn.sigmoid(x)
    x = x * y
    x = linear(x, params["decoder"]["2"])
    reconstruction = jax.nn.sigmoid(x)
    return reconstruction, state


def load_weights(path=WEIGHTS):
    """The parameters and the state (statistics, constants) as trees of arrays."""
    params, state = {}, {}
    for name, value in load_file(path).items():
        *folders, leaf = name.split(".")
        tree = params
        for folder in folders:
            tree = tree.setdefault(folder, {})
        tree[leaf] = jnp.asarray(value)
    return params, state


# How a tensor begins: its shape, and a fan-in (an integer) or its value.
INITIAL = {
    "encoder.0.weight": ((16, 64), 64),
    "encoder.0.bias": ((16,), 0.0),
    "encoder.3.weight": ((4, 16), 16),
    "encoder.3.bias": ((4,), 0.0),
    "decoder.0.weight": ((16, 4), 4),
    "decoder.0.bias": ((16,), 0.0),
    "decoder.2.weight": ((64, 16), 16),
    "decoder.2.bias": ((64,), 0.0),
}


def init(key):
    """Fresh parameters and state: normal weights of variance 1 / fan-in."""
    params, state = {}, {}
    for number, (name, (shape, start)) in enumerate(INITIAL.items()):
        *folders, leaf = name.split(".")
        tree = params
        for folder in folders:
            tree = tree.setdefault(folder, {})
        if isinstance(start, int):
            draws = jax.random.fold_in(key, number)
            value = jax.random.normal(draws, shape, jnp.float64) / start**0.5
        else:
            value = jnp.full(shape, start, jnp.float64)
        tree[leaf] = value
    return params, state
