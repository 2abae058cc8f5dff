"""classifier for JAX, written by twingrad.

Use: params, state = load_weights(); y, state = apply(params, state, x)
"""

from pathlib import Path

import jax
import jax.numpy as jnp
from safetensors.numpy import load_file

jax.config.update("jax_enable_x64", True)

WEIGHTS = Path(__file__).with_suffix(".safetensors")
# The names of the model's inputs and outputs, in their order.
INPUTS = ("x", "labels")
OUTPUTS = ("loss", "logits")


def nll_loss(x, labels, weight=None, ignore_index=None, reduction="mean"):
    """Minus the log probabilities of the labels; the classes are axis 1."""
    classes = jnp.arange(x.shape[1]).reshape(-1, *[1] * (labels.ndim - 1))
    hot = (jnp.expand_dims(labels, 1) == classes).astype(x.dtype)
    if ignore_index is not None:
        hot = jnp.where(jnp.expand_dims(labels, 1) == ignore_index, 0, hot)
    if weight is not None:
        hot = hot * weight.reshape(-1, *[1] * (labels.ndim - 1))
    loss = -jnp.sum(hot * x, axis=1)
    if reduction == "mean":
        return jnp.sum(loss) / jnp.sum(hot)
    return jnp.sum(loss) if reduction == "sum" else loss


def apply(params, state, x, labels, train=False, key=None):
    """The outputs and the next state; in training, dropout draws with the key."""
    pre = x @ params["W1"] + params["b1"]
    hidden = jnp.tanh(pre)
    logits = hidden @ params["W2"] + params["b2"]
    loss = nll_loss(jax.nn.log_softmax(logits, axis=1), labels)
    return (loss, logits), state


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
    "W1": ((6, 8), 6),
    "b1": ((8,), 0.0),
    "W2": ((8, 3), 8),
    "b2": ((3,), 0.0),
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
