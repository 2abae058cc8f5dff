"""Models that scripts/verify_capture.sh captures with JAX."""
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


def normal(generator, *shape):
    """Weights as wide as the number of what they add allows."""
    fan = int(np.prod(shape[:-1]))
    return (generator.standard_normal(shape) / np.sqrt(fan)).astype(np.float32)


def make_mlp(classes=3, seed=0):
    g = np.random.default_rng(seed)
    params = {"hidden": {"kernel": normal(g, 6, 16), "bias": np.zeros(16, np.float32)},
              "logits": {"kernel": normal(g, 16, classes), "bias": np.zeros(classes, np.float32)}}

    def apply(params, x):
        x = jax.nn.relu(x @ params["hidden"]["kernel"] + params["hidden"]["bias"])
        return x @ params["logits"]["kernel"] + params["logits"]["bias"]

    return apply, params


def convolve(x, kernel, strides=1, groups=1):
    return lax.conv_general_dilated(x, kernel, (strides, strides), "SAME",
                                    dimension_numbers=("NHWC", "HWIO", "NHWC"),
                                    feature_group_count=groups)


def drop(x, key, rate):
    kept = jax.random.bernoulli(key, 1 - rate, x.shape)
    return jnp.where(kept, x / (1 - rate), 0)


def batch_norm(x, params, state, training, momentum=0.9, epsilon=1e-5):
    """(result, state after the step)"""
    mean, variance = state["mean"], state["var"]
    if training:
        mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
        state = {"mean": momentum * state["mean"] + (1 - momentum) * mean,
                 "var": momentum * state["var"] + (1 - momentum) * variance}
    x = (x - mean) * lax.rsqrt(variance + epsilon)
    return x * params["scale"] + params["bias"], state


def make_cnn(classes=4, seed=1):
    """Running statistics as a state, and Dropout."""
    g = np.random.default_rng(seed)
    params = {"conv1": normal(g, 3, 3, 3, 8), "depthwise": normal(g, 3, 3, 1, 8),
              "norm": {"scale": np.ones(8, np.float32), "bias": np.zeros(8, np.float32)},
              "conv2": normal(g, 3, 3, 8, 12), "head": normal(g, 108, classes)}
    state = {"norm": {"mean": np.zeros(8, np.float32), "var": np.ones(8, np.float32)}}

    def apply(params, state, x, rng, training):
        x = convolve(x, params["conv1"])
        x, norm = batch_norm(x, params["norm"], state["norm"], training)
        x = lax.reduce_window(jax.nn.relu(x), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1),
                              "VALID")
        x = x + jax.nn.gelu(convolve(x, params["depthwise"], groups=8), approximate=False)
        x = jax.nn.silu(convolve(x, params["conv2"], strides=2)).reshape(len(x), -1)
        if training:
            x = drop(x, rng, 0.25)
        return x @ params["head"], {"norm": norm}

    return apply, params, state


def layer_norm(x, params):
    centred = x - x.mean(-1, keepdims=True)
    scale = lax.rsqrt(jnp.square(centred).mean(-1, keepdims=True) + 1e-6)
    return centred * scale * params["scale"] + params["bias"]


def attention(x, params, heads):
    q, k, v = jnp.einsum("btd,dchw->cbhtw", x, params["in"])
    scores = jnp.einsum("bhtw,bhsw->bhts", q, k) / np.sqrt(q.shape[-1])
    causal = jnp.tril(jnp.ones((x.shape[1], x.shape[1]), bool))
    weights = jax.nn.softmax(jnp.where(causal, scores, -1e9), axis=-1)
    return jnp.einsum("bhts,bhsw,hwd->btd", weights, v, params["out"])


def make_transformer(words=40, width=24, heads=4, layers=2, classes=5, seed=2):
    """Embedding, causal attention, gelu and Dropout; a list of layers in the tree."""
    g = np.random.default_rng(seed)

    def norm():
        return {"scale": np.ones(width, np.float32), "bias": np.zeros(width, np.float32)}

    def layer():
        return {"norm1": norm(), "norm2": norm(),
                "in": normal(g, width, 3, heads, width // heads) * np.float32(8),
                "out": normal(g, heads, width // heads, width),
                "up": normal(g, width, 4 * width), "down": normal(g, 4 * width, width)}

    params = {"embedding": normal(g, words, width) * 4, "positions": normal(g, 16, width),
              "layers": [layer() for _ in range(layers)], "head": normal(g, width, classes)}

    def apply(params, tokens, key, training=False):
        x = params["embedding"][tokens] + params["positions"][:tokens.shape[1]]
        for number, p in enumerate(params["layers"]):
            y = attention(layer_norm(x, p["norm1"]), p, heads)
            x = x + (drop(y, jax.random.fold_in(key, number), 0.1) if training else y)
            x = x + jax.nn.gelu(layer_norm(x, p["norm2"]) @ p["up"]) @ p["down"]
        return x.mean(1) @ params["head"]

    return apply, params


def make_rnn(width=6, hidden=12, seed=3):
    """A GRU as lax.scan in both directions, two outputs, a loss of one of them."""
    g = np.random.default_rng(seed)

    def cell():
        return {"in": normal(g, width, 3 * hidden), "state": normal(g, hidden, 3 * hidden),
                "bias": np.zeros(3 * hidden, np.float32)}

    params = {"there": cell(), "back": cell(), "head": normal(g, 2 * hidden, 1)}

    def direction(p, rows, reverse=False):
        def turn(h, x):
            gates = x @ p["in"] + p["bias"]
            inner = h @ p["state"]
            r, z = (jax.nn.sigmoid(gates[:, i * hidden:(i + 1) * hidden]
                                   + inner[:, i * hidden:(i + 1) * hidden]) for i in range(2))
            new = jnp.tanh(gates[:, 2 * hidden:] + r * inner[:, 2 * hidden:])
            h = (1 - z) * new + z * h
            return h, h

        start = jnp.zeros((rows.shape[1], hidden), rows.dtype)
        return lax.scan(turn, start, rows, reverse=reverse)

    def apply(params, series):
        rows = jnp.swapaxes(series, 0, 1)
        there, states = direction(params["there"], rows)
        back, _ = direction(params["back"], rows, reverse=True)
        return {"prediction": jnp.concatenate([there, back], 1) @ params["head"], "states": states}

    return apply, params


def make_linen(classes=4, dropout=0.25):
    import flax.linen as nn

    class Cnn(nn.Module):
        @nn.compact
        def __call__(self, x, train=False):
            x = nn.Conv(8, (3, 3), use_bias=False, name="conv1")(x)
            x = nn.BatchNorm(use_running_average=not train, momentum=0.9, name="norm1")(x)
            x = nn.max_pool(nn.relu(x), (2, 2), strides=(2, 2))
            x = nn.LayerNorm(name="norm2")(nn.gelu(nn.Conv(12, (3, 3), name="conv2")(x)))
            x = nn.avg_pool(x, (2, 2), strides=(2, 2)).reshape(len(x), -1)
            x = nn.tanh(nn.Dense(16, name="hidden")(x))
            x = nn.Dropout(dropout, deterministic=not train)(x)
            return nn.Dense(classes, name="logits")(x)

    return Cnn()


def make_nnx(classes=3, dropout=0.1):
    from flax import nnx

    class Mlp(nnx.Module):
        def __init__(self, rngs):
            self.hidden = nnx.Linear(6, 16, rngs=rngs)
            self.norm = nnx.BatchNorm(16, rngs=rngs)
            self.drop = nnx.Dropout(dropout, rngs=rngs)
            self.logits = nnx.Linear(16, classes, rngs=rngs)

        def __call__(self, x):
            return self.logits(self.drop(nnx.silu(self.norm(self.hidden(x)))))

    return Mlp(nnx.Rngs(0))
