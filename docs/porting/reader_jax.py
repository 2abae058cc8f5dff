"""The network of original.py as a function of JAX and a tree of parameters."""
import jax
import jax.numpy as jnp
import numpy as np


def dense(x, p):
    return x @ p["kernel"] + p["bias"]


def norm(x, p):
    return jax.nn.standardize(x, epsilon=1e-5) * p["scale"] + p["bias"]


def make_reader(width=24, classes=10):
    generator = np.random.default_rng(0)

    def layer(rows, columns):
        kernel = generator.standard_normal((rows, columns)) / np.sqrt(rows)
        return {"kernel": kernel.astype(np.float32), "bias": np.zeros(columns, np.float32)}

    def scale():
        return {"scale": np.ones(width, np.float32), "bias": np.zeros(width, np.float32)}

    params = {"embed": layer(8, width), "norm1": scale(), "norm2": scale(),
              **{name: layer(width, width) for name in ("query", "key", "value")},
              "up": layer(width, 4 * width), "down": layer(4 * width, width),
              "head": layer(width, classes)}

    def apply(params, x, rng, training=False):
        x = dense(x.reshape(-1, *x.shape[2:]), params["embed"])
        h = norm(x, params["norm1"])
        q, k, v = (dense(h, params[name]) for name in ("query", "key", "value"))
        scores = jnp.einsum("btw,bsw->bts", q, k) / np.sqrt(width)
        x = x + jnp.einsum("bts,bsw->btw", jax.nn.softmax(scores), v)
        y = dense(jax.nn.gelu(dense(norm(x, params["norm2"]), params["up"])), params["down"])
        if training:
            y = jnp.where(jax.random.bernoulli(rng, 0.9, y.shape), y / 0.9, 0)
        return dense((x + y).mean(1), params["head"])

    return apply, params
