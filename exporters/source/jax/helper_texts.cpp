#include <array>
#include <utility>

#include "exporters/source/jax/jax.h"

namespace twingrad {
namespace {

constexpr std::string_view kLinear = R"(def linear(x, params):
    """A linear layer: the weight is [out, in]."""
    y = x @ params["weight"].T
    return y + params["bias"] if "bias" in params else y
)";

constexpr std::string_view kConv =
    R"(def conv(x, params, strides, padding, dilation=None, groups=1):
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
)";

constexpr std::string_view kConvTranspose =
    R"(def conv_transpose(x, params, strides, padding, dilation=None, groups=1):
    """A transposed convolution over [batch, channels, ...]; the weight is [in, out, ...]."""
    weight = params["weight"]
    spatial = weight.shape[2:]
    weight = weight.reshape(groups, -1, *weight.shape[1:]).swapaxes(1, 2)
    weight = weight.reshape(-1, weight.shape[2], *spatial)
    y = lax.conv_general_dilated(
        x,
        jnp.flip(weight, range(2, x.ndim)),
        (1,) * len(spatial),
        padding,
        lhs_dilation=strides,
        rhs_dilation=dilation,
        feature_group_count=groups,
    )
    if "bias" not in params:
        return y
    return y + params["bias"].reshape(-1, *[1] * len(spatial))
)";

constexpr std::string_view kBatchNorm =
    R"(def batch_norm(x, params, state, train, eps=1e-5, momentum=0.9):
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
)";

constexpr std::string_view kLayerNorm = R"(def layer_norm(x, params, axes=-1, eps=1e-5):
    """Layer normalization of the last axes."""
    mean = jnp.mean(x, axis=axes, keepdims=True)
    var = jnp.var(x, axis=axes, keepdims=True)
    y = (x - mean) * lax.rsqrt(var + eps) * params["weight"]
    return y + params["bias"] if "bias" in params else y
)";

constexpr std::string_view kDropout = R"(def dropout(x, ratio, train, key):
    """Sets a share of the elements to zero in training, and scales the others."""
    if not train:
        return x
    keep = jax.random.bernoulli(key, 1 - ratio, x.shape)
    return jnp.where(keep, x / (1 - ratio), 0)
)";

constexpr std::string_view kFold = R"(def fold(key, number):
    """The key of one of several draws."""
    return None if key is None else jax.random.fold_in(key, number)
)";

constexpr std::string_view kMaxPool =
    R"(def max_pool(x, kernel, strides, padding=None, dilation=None):
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
)";

constexpr std::string_view kAvgPool =
    R"(def avg_pool(x, kernel, strides, padding=None, dilation=None, count_pads=False):
    """The mean of every window over [batch, channels, ...]."""
    padding = padding or ((0, 0),) * len(kernel)

    def sums(x):
        return lax.reduce_window(
            x,
            0.0,
            lax.add,
            (1, 1, *kernel),
            (1, 1, *strides),
            ((0, 0), (0, 0), *padding),
            window_dilation=(1, 1, *(dilation or (1,) * len(kernel))),
        )

    if count_pads:
        return sums(x) / math.prod(kernel)
    return sums(x) / sums(jnp.ones_like(x))
)";

constexpr std::string_view kResize = R"(def resize(x, axis, size, scale, mode):
    """Resizes one axis: "nearest", "nearest-exact", "linear" (both of half pixels) or
    "align_corners"."""
    last = x.shape[axis] - 1
    at = np.arange(size)
    if mode.startswith("nearest"):
        at = at + 0.5 if mode == "nearest-exact" else at
        return jnp.take(x, np.minimum(np.floor(at / scale), last).astype(int), axis)
    at = (at + 0.5) / scale - 0.5 if mode == "linear" else at * last / max(size - 1, 1)
    at = np.clip(at, 0, last)
    low = np.floor(at).astype(int)
    share = (at - low).reshape(-1, *[1] * (x.ndim - 1 - axis)).astype(x.dtype)
    high = jnp.take(x, np.minimum(low + 1, last), axis)
    return jnp.take(x, low, axis) * (1 - share) + high * share
)";

constexpr std::string_view kNllLoss =
    R"(def nll_loss(x, labels, weight=None, ignore_index=None, reduction="mean"):
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
)";

constexpr std::string_view kOnnxWeights = R"(def onnx_weights(params, order):
    """ONNX's W, R and B of the parameters that PyTorch has, gates in another order."""

    def joined(name):
        parts = []
        for ending in ("_l0", "_l0_reverse"):
            if name + ending in params:
                gates = jnp.split(params[name + ending], len(order))
                parts.append(jnp.concatenate([gates[i] for i in order]))
        return jnp.stack(parts)

    w, r = joined("weight_ih"), joined("weight_hh")
    if "bias_ih_l0" not in params:
        return w, r
    return w, r, jnp.concatenate([joined("bias_ih"), joined("bias_hh")], axis=1)
)";

constexpr std::string_view kLstm =
    R"(def lstm(x, w, r, b=None, h=None, c=None, reverse=(False,)):
    """ONNX's LSTM (gates i, o, f, c) over [time, batch, size], a pass a direction."""
    passes = []
    for d, backwards in enumerate(reverse):
        zeros = jnp.zeros((x.shape[1], r.shape[2]), x.dtype)
        start = (zeros if h is None else h[d], zeros if c is None else c[d])
        gates = x @ w[d].T
        if b is not None:
            gates = gates + b[d].reshape(2, -1).sum(axis=0)

        def step(carry, gate, d=d):
            h, c = carry
            i, o, f, g = jnp.split(gate + h @ r[d].T, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        (h_t, c_t), y = lax.scan(step, start, gates, reverse=backwards)
        passes.append((y, h_t, c_t))
    y, h, c = zip(*passes)
    return jnp.stack(y, axis=1), jnp.stack(h), jnp.stack(c)
)";

constexpr std::string_view kGru =
    R"(def gru(x, w, r, b=None, h=None, reverse=(False,)):
    """ONNX's GRU (gates z, r, h; linear_before_reset) over [time, batch, size]."""
    passes = []
    for d, backwards in enumerate(reverse):
        start = jnp.zeros((x.shape[1], r.shape[2]), x.dtype) if h is None else h[d]
        w_b, r_b = (0, 0) if b is None else jnp.split(b[d], 2)

        def step(h, gate, d=d, r_b=r_b):
            z, s, g = jnp.split(gate, 3, axis=1)
            z_h, s_h, g_h = jnp.split(h @ r[d].T + r_b, 3, axis=1)
            z = jax.nn.sigmoid(z + z_h)
            h = (1 - z) * jnp.tanh(g + jax.nn.sigmoid(s + s_h) * g_h) + z * h
            return h, h

        h_t, y = lax.scan(step, start, x @ w[d].T + w_b, reverse=backwards)
        passes.append((y, h_t))
    y, h = zip(*passes)
    return jnp.stack(y, axis=1), jnp.stack(h)
)";

constexpr std::string_view kGruResetBefore =
    R"(def gru_reset_before(x, w, r, b=None, h=None, reverse=(False,)):
    """ONNX's GRU (gates z, r, h; the reset before the product) over [time, batch, size]."""
    passes = []
    for d, backwards in enumerate(reverse):
        start = jnp.zeros((x.shape[1], r.shape[2]), x.dtype) if h is None else h[d]
        w_b = 0 if b is None else b[d].reshape(2, -1).sum(axis=0)

        def step(h, gate, d=d):
            z, s, g = jnp.split(gate, 3, axis=1)
            r_z, r_s, r_g = jnp.split(r[d], 3)
            z = jax.nn.sigmoid(z + h @ r_z.T)
            s = jax.nn.sigmoid(s + h @ r_s.T)
            h = (1 - z) * jnp.tanh(g + (s * h) @ r_g.T) + z * h
            return h, h

        h_t, y = lax.scan(step, start, x @ w[d].T + w_b, reverse=backwards)
        passes.append((y, h_t))
    y, h = zip(*passes)
    return jnp.stack(y, axis=1), jnp.stack(h)
)";

constexpr std::string_view kRnn =
    R"(def rnn(x, w, r, b=None, h=None, reverse=(False,), relu=False):
    """ONNX's RNN (tanh, or relu) over [time, batch, size], a pass a direction."""
    activation = jax.nn.relu if relu else jnp.tanh
    passes = []
    for d, backwards in enumerate(reverse):
        start = jnp.zeros((x.shape[1], r.shape[2]), x.dtype) if h is None else h[d]
        bias = 0 if b is None else b[d].reshape(2, -1).sum(axis=0)

        def step(h, gate, d=d):
            h = activation(gate + h @ r[d].T)
            return h, h

        h_t, y = lax.scan(step, start, x @ w[d].T + bias, reverse=backwards)
        passes.append((y, h_t))
    y, h = zip(*passes)
    return jnp.stack(y, axis=1), jnp.stack(h)
)";

constexpr std::string_view kDft =
    R"(def dft(x, axis, length=None, inverse=False, onesided=False):
    """ONNX's DFT: the last axis holds real numbers, or real and imaginary parts."""
    x = lax.complex(x[..., 0], x[..., 1]) if x.shape[-1] == 2 else x[..., 0]
    if onesided:
        y = jnp.fft.rfft(x.real, length, axis)
    else:
        y = jnp.fft.ifft(x, length, axis) if inverse else jnp.fft.fft(x, length, axis)
    return jnp.stack([y.real, y.imag], axis=-1)
)";

constexpr std::string_view kTopK = R"(def top_k(x, k, axis=-1, largest=True):
    """The k largest, or smallest, elements along an axis, and their places."""
    x = jnp.swapaxes(x, axis, -1)
    values, places = lax.top_k(x if largest else -x, k)
    values = jnp.swapaxes(values if largest else -values, axis, -1)
    return values, jnp.swapaxes(places, axis, -1).astype(int)
)";

constexpr std::string_view kScatterElements =
    R"(def scatter_elements(x, indices, updates, axis, reduction="set"):
    """Puts every update where its own place says, but along one axis where its index does."""
    at = jnp.meshgrid(*map(jnp.arange, indices.shape), indexing="ij", sparse=True)
    at[axis] = indices
    place = x.at[tuple(at)]
    return place.add(updates) if reduction == "add" else place.set(updates)
)";

constexpr std::string_view kLoop = R"(def loop(body, count, state, captures):
    """ONNX's Loop: the state after the last turn, and what all turns stack."""

    def turn(state, number):
        _, *values = body(number, jnp.array(True), *state, *captures)
        return tuple(values[: len(state)]), tuple(values[len(state) :])

    state, stacks = lax.scan(turn, state, jnp.arange(count))
    return (*state, *stacks)
)";

constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kHelpers = {{
    {"linear", kLinear},
    {"conv", kConv},
    {"conv_transpose", kConvTranspose},
    {"batch_norm", kBatchNorm},
    {"layer_norm", kLayerNorm},
    {"dropout", kDropout},
    {"fold", kFold},
    {"max_pool", kMaxPool},
    {"avg_pool", kAvgPool},
    {"resize", kResize},
    {"nll_loss", kNllLoss},
    {"onnx_weights", kOnnxWeights},
    {"lstm", kLstm},
    {"gru", kGru},
    {"gru_reset_before", kGruResetBefore},
    {"rnn", kRnn},
    {"dft", kDft},
    {"loop", kLoop},
    {"top_k", kTopK},
    {"scatter_elements", kScatterElements},
}};

}  // namespace

std::string_view jax_helper(std::string_view name) {
  for (const auto& [helper, text] : kHelpers) {
    if (helper == name) return text;
  }
  return {};
}

}  // namespace twingrad
