"""digits_cnn for JAX, written by twingrad.

Use: params, state = load_weights(); y, state = apply(params, state, x)
"""

from pathlib import Path

import jax
import jax.numpy as jnp
from jax import lax
from safetensors.numpy import load_file

WEIGHTS = Path(__file__).with_suffix(".safetensors")
# The names of the model's inputs and outputs, in their order.
INPUTS = ("x",)
OUTPUTS = ("logits",)
# What the state has, by the last parts of the names; all else are parameters.
STATE = ("running_mean", "running_var")


def batch_norm(x, params, state, train, eps=1e-5, momentum=0.9):
    """Batch normalization of axis 1; in training it puts new statistics into the state."""
    mean, var = state["running_mean"], state["running_var"]
    shape = (-1, *[1] * (x.ndim - 2))
    if train:
        axes = (0, *range(2, x.ndim))
        new_mean, new_var = jnp.mean(x, axis=axes), jnp.var(x, axis=axes)
        state["running_mean"] = momentum * mean + (1 - momentum) * new_mean
        state["running_var"] = momentum * var + (1 - momentum) * new_var
        mean, var = new_mean, new_var
    y = (x - mean.reshape(shape)) * lax.rsqrt(var + eps).reshape(shape)
    return y * params["weight"].reshape(shape) + params["bias"].reshape(shape)


def conv(x, params, strides, padding, dilation=None, groups=1):
    """A convolution over [batch, channels, ...]; the weight is [out, in, ...]."""
    weight = params["weight"]
    y = lax.conv_general_dilated(
        x,
        weight,
        strides,
        padding,
        rhs_dilation=dilation,
        feature_group_count=groups,
    )
    if "bias" not in params:
        return y
    return y + params["bias"].reshape(-1, *[1] * (x.ndim - 2))


def linear(x, params):
    """A linear layer: the weight is [out, in]."""
    y = x @ params["weight"].T
    return y + params["bias"] if "bias" in params else y


def max_pool(x, kernel, strides, padding=None, dilation=None):
    """The largest element of every window over [batch, channels, ...]."""
    padding = padding or ((0, 0),) * len(kernel)
    return lax.reduce_window(
        x,
        -jnp.inf,
        lax.max,
        (1, 1, *kernel),
        (1, 1, *strides),
        ((0, 0), (0, 0), *padding),
        window_dilation=(1, 1, *(dilation or (1,) * len(kernel))),
    )


def apply(params, state, x, train=False, key=None):
    """The outputs and the next state; in training, dropout draws with the key."""
    state = jax.tree.map(lambda leaf: leaf, state)  # a copy of the tree
    x = conv(x, params["conv1"], strides=(1, 1), padding=((1, 1), (1, 1)))
    x = batch_norm(x, params["bn1"], state["bn1"], train)
    x = jax.nn.relu(x)
    x = max_pool(x, (2, 2), (2, 2))
    x = conv(x, params["conv2"], strides=(1, 1), padding=((1, 1), (1, 1)))
    x = batch_norm(x, params["bn2"], state["bn2"], train)
    x = jax.nn.relu(x)
    x = max_pool(x, (2, 2), (2, 2))
    x = jnp.reshape(x, (16, -1))
    logits = linear(x, params["fc"])
    return logits, state


def load_weights(path=WEIGHTS):
    """The parameters and the state (statistics, constants) as trees of arrays."""
    params, state = {}, {}
    for name, value in load_file(path).items():
        *folders, leaf = name.split(".")
        tree = state if leaf in STATE else params
        for folder in folders:
            tree = tree.setdefault(folder, {})
        tree[leaf] = jnp.asarray(value)
    return params, state


# How a tensor begins: its shape, and a fan-in (an integer) or its value.
INITIAL = {
    "conv1.weight": ((8, 1, 3, 3), 9),
    "conv1.bias": ((8,), 0.0),
    "bn1.weight": ((8,), 1.0),
    "bn1.bias": ((8,), 0.0),
    "bn1.running_mean": ((8,), 0.0),
    "bn1.running_var": ((8,), 1.0),
    "conv2.weight": ((12, 8, 3, 3), 72),
    "conv2.bias": ((12,), 0.0),
    "bn2.weight": ((12,), 1.0),
    "bn2.bias": ((12,), 0.0),
    "bn2.running_mean": ((12,), 0.0),
    "bn2.running_var": ((12,), 1.0),
    "fc.weight": ((10, 48), 48),
    "fc.bias": ((10,), 0.0),
}


def init(key):
    """Fresh parameters and state: normal weights of variance 1 / fan-in."""
    params, state = {}, {}
    for number, (name, (shape, start)) in enumerate(INITIAL.items()):
        *folders, leaf = name.split(".")
        tree = state if leaf in STATE else params
        for folder in folders:
            tree = tree.setdefault(folder, {})
        if isinstance(start, int):
            draws = jax.random.fold_in(key, number)
            value = jax.random.normal(draws, shape, jnp.float32) / start**0.5
        else:
            value = jnp.full(shape, start, jnp.float32)
        tree[leaf] = value
    return params, state
