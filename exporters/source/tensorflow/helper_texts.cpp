#include <array>
#include <utility>

#include "exporters/source/tensorflow/tensorflow.h"

namespace twingrad {
namespace {

constexpr std::string_view kLinear = R"(def linear(x, params):
    """A linear layer: the weight is [out, in]."""
    y = x @ tf.transpose(params["weight"])
    return y + params["bias"] if "bias" in params else y
)";

constexpr std::string_view kConv =
    R"(def conv(x, params, strides, padding, dilation=None, groups=1):
    """A convolution over [batch, channels, ...]; the weight is [out, in, ...]."""
    rank = len(strides)
    x = tf.pad(x, ((0, 0), (0, 0), *padding))
    x = tf.transpose(x, (0, *range(2, rank + 2), 1))
    weight = tf.transpose(params["weight"], (*range(2, rank + 2), 1, 0))
    layout = ("NWC", "NHWC", "NDHWC")[rank - 1]
    y = [
        tf.nn.convolution(part, kernel, strides, data_format=layout, dilations=dilation)
        for part, kernel in zip(tf.split(x, groups, -1), tf.split(weight, groups, -1))
    ]
    y = tf.concat(y, -1)
    if "bias" in params:
        y = y + params["bias"]
    return tf.transpose(y, (0, rank + 1, *range(1, rank + 1)))
)";

constexpr std::string_view kConvTranspose =
    R"(def conv_transpose(x, params, strides, padding, groups=1):
    """A transposed convolution over [batch, channels, ...]; the weight is [in, out, ...]."""
    rank = len(strides)
    x = tf.transpose(x, (0, *range(2, rank + 2), 1))
    weight = tf.transpose(params["weight"], (*range(2, rank + 2), 1, 0))
    kernel = weight.shape[:rank]
    size = [(n - 1) * s + k for n, s, k in zip(x.shape[1:-1], strides, kernel)]
    shape = (x.shape[0], *size, weight.shape[-2])
    layout = ("NWC", "NHWC", "NDHWC")[rank - 1]
    y = [
        tf.nn.conv_transpose(part, kernel, shape, strides, "VALID", layout)
        for part, kernel in zip(tf.split(x, groups, -1), tf.split(weight, groups, -1))
    ]
    y = tf.concat(y, -1)
    y = tf.pad(y, ((0, 0), *[(0, max(-end, 0)) for _, end in padding], (0, 0)))
    for axis, (begin, end) in enumerate(padding, 1):
        y = tf.gather(y, range(begin, size[axis - 1] - end), axis=axis)
    if "bias" in params:
        y = y + params["bias"]
    return tf.transpose(y, (0, rank + 1, *range(1, rank + 1)))
)";

constexpr std::string_view kBatchNorm =
    R"(def batch_norm(x, params, training, eps=1e-5, momentum=0.9):
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
)";

constexpr std::string_view kLayerNorm = R"(def layer_norm(x, params, axes=-1, eps=1e-5):
    """Layer normalization of the last axes."""
    mean = tf.reduce_mean(x, axis=axes, keepdims=True)
    var = tf.math.reduce_variance(x, axis=axes, keepdims=True)
    y = (x - mean) * tf.math.rsqrt(var + eps) * params["weight"]
    return y + params["bias"] if "bias" in params else y
)";

constexpr std::string_view kDropout = R"(def dropout(x, ratio, training):
    """Sets a share of the elements to zero in training, and scales the others."""
    return tf.nn.dropout(x, ratio) if training else x
)";

constexpr std::string_view kMaxPool =
    R"(def max_pool(x, kernel, strides, padding=None, dilation=None):
    """The largest element of every window over [batch, channels, ...]."""
    rank = len(kernel)
    if padding is not None:
        x = tf.pad(x, ((0, 0), (0, 0), *padding), constant_values=x.dtype.min)
    x = tf.transpose(x, (0, *range(2, rank + 2), 1))
    y = tf.nn.pool(x, kernel, "MAX", strides, "VALID", dilations=dilation)
    return tf.transpose(y, (0, rank + 1, *range(1, rank + 1)))
)";

constexpr std::string_view kAvgPool =
    R"(def avg_pool(x, kernel, strides, padding=None, dilation=None, count_pads=False):
    """The mean of every window over [batch, channels, ...]."""
    rank = len(kernel)

    def means(x):
        if padding is not None:
            x = tf.pad(x, ((0, 0), (0, 0), *padding))
        x = tf.transpose(x, (0, *range(2, rank + 2), 1))
        y = tf.nn.pool(x, kernel, "AVG", strides, "VALID", dilations=dilation)
        return tf.transpose(y, (0, rank + 1, *range(1, rank + 1)))

    if count_pads or padding is None:
        return means(x)
    return means(x) / means(tf.ones_like(x))
)";

constexpr std::string_view kResize = R"(def resize(x, axis, size, scale, mode):
    """Resizes one axis: "nearest", "nearest-exact", "linear" (both of half pixels) or
    "align_corners"."""
    last = x.shape[axis] - 1
    at = np.arange(size)
    if mode.startswith("nearest"):
        at = at + 0.5 if mode == "nearest-exact" else at
        at = np.minimum(np.floor(at / scale), last)
        return tf.gather(x, at.astype(int), axis=axis)
    at = (at + 0.5) / scale - 0.5 if mode == "linear" else at * last / max(size - 1, 1)
    at = np.clip(at, 0, last)
    low = np.floor(at).astype(int)
    share = (at - low).reshape(-1, *[1] * (len(x.shape) - 1 - axis))
    share = tf.constant(share, x.dtype)
    high = tf.gather(x, np.minimum(low + 1, last), axis=axis)
    return tf.gather(x, low, axis=axis) * (1 - share) + high * share
)";

constexpr std::string_view kNllLoss =
    R"(def nll_loss(x, labels, weight=None, ignore_index=None, reduction="mean"):
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
)";

constexpr std::string_view kOnnxWeights = R"(def onnx_weights(params, order):
    """ONNX's W, R and B of the parameters that PyTorch has, gates in another order."""

    def joined(name):
        parts = []
        for ending in ("_l0", "_l0_reverse"):
            if name + ending in params:
                gates = tf.split(params[name + ending], len(order))
                parts.append(tf.concat([gates[i] for i in order], 0))
        return tf.stack(parts)

    w, r = joined("weight_ih"), joined("weight_hh")
    if "bias_ih_l0" not in params:
        return w, r
    return w, r, tf.concat([joined("bias_ih"), joined("bias_hh")], 1)
)";

constexpr std::string_view kLstm =
    R"(def lstm(x, w, r, b=None, h=None, c=None, reverse=(False,)):
    """ONNX's LSTM (gates i, o, f, c) over [time, batch, size], a pass a direction."""
    passes = []
    for d, backwards in enumerate(reverse):
        zeros = tf.zeros((x.shape[1], r.shape[2]), x.dtype)
        h_t, c_t = zeros if h is None else h[d], zeros if c is None else c[d]
        gates = x @ tf.transpose(w[d])
        if b is not None:
            gates = gates + tf.reduce_sum(tf.reshape(b[d], (2, -1)), axis=0)
        y = []
        for gate in tf.unstack(gates)[:: -1 if backwards else 1]:
            i, o, f, g = tf.split(gate + h_t @ tf.transpose(r[d]), 4, axis=1)
            c_t = tf.sigmoid(f) * c_t + tf.sigmoid(i) * tf.tanh(g)
            h_t = tf.sigmoid(o) * tf.tanh(c_t)
            y.append(h_t)
        passes.append((tf.stack(y[::-1] if backwards else y), h_t, c_t))
    y, h, c = zip(*passes)
    return tf.stack(y, axis=1), tf.stack(h), tf.stack(c)
)";

constexpr std::string_view kGru =
    R"(def gru(x, w, r, b=None, h=None, reverse=(False,)):
    """ONNX's GRU (gates z, r, h; linear_before_reset) over [time, batch, size]."""
    passes = []
    for d, backwards in enumerate(reverse):
        h_t = tf.zeros((x.shape[1], r.shape[2]), x.dtype) if h is None else h[d]
        gates, hidden_bias = x @ tf.transpose(w[d]), 0
        if b is not None:
            input_bias, hidden_bias = tf.split(b[d], 2)
            gates = gates + input_bias
        y = []
        for gate in tf.unstack(gates)[:: -1 if backwards else 1]:
            z, s, g = tf.split(gate, 3, axis=1)
            z_h, s_h, g_h = tf.split(h_t @ tf.transpose(r[d]) + hidden_bias, 3, axis=1)
            z = tf.sigmoid(z + z_h)
            h_t = (1 - z) * tf.tanh(g + tf.sigmoid(s + s_h) * g_h) + z * h_t
            y.append(h_t)
        passes.append((tf.stack(y[::-1] if backwards else y), h_t))
    y, h = zip(*passes)
    return tf.stack(y, axis=1), tf.stack(h)
)";

constexpr std::string_view kGruResetBefore =
    R"(def gru_reset_before(x, w, r, b=None, h=None, reverse=(False,)):
    """ONNX's GRU (gates z, r, h; the reset before the product) over [time, batch, size]."""
    passes = []
    for d, backwards in enumerate(reverse):
        h_t = tf.zeros((x.shape[1], r.shape[2]), x.dtype) if h is None else h[d]
        gates = x @ tf.transpose(w[d])
        if b is not None:
            gates = gates + tf.reduce_sum(tf.reshape(b[d], (2, -1)), axis=0)
        r_z, r_s, r_g = tf.split(tf.transpose(r[d]), 3, axis=1)
        y = []
        for gate in tf.unstack(gates)[:: -1 if backwards else 1]:
            z, s, g = tf.split(gate, 3, axis=1)
            z = tf.sigmoid(z + h_t @ r_z)
            s = tf.sigmoid(s + h_t @ r_s)
            h_t = (1 - z) * tf.tanh(g + (s * h_t) @ r_g) + z * h_t
            y.append(h_t)
        passes.append((tf.stack(y[::-1] if backwards else y), h_t))
    y, h = zip(*passes)
    return tf.stack(y, axis=1), tf.stack(h)
)";

constexpr std::string_view kRnn =
    R"(def rnn(x, w, r, b=None, h=None, reverse=(False,), relu=False):
    """ONNX's RNN (tanh, or relu) over [time, batch, size], a pass a direction."""
    activation = tf.nn.relu if relu else tf.tanh
    passes = []
    for d, backwards in enumerate(reverse):
        h_t = tf.zeros((x.shape[1], r.shape[2]), x.dtype) if h is None else h[d]
        gates = x @ tf.transpose(w[d])
        if b is not None:
            gates = gates + tf.reduce_sum(tf.reshape(b[d], (2, -1)), axis=0)
        y = []
        for gate in tf.unstack(gates)[:: -1 if backwards else 1]:
            h_t = activation(gate + h_t @ tf.transpose(r[d]))
            y.append(h_t)
        passes.append((tf.stack(y[::-1] if backwards else y), h_t))
    y, h = zip(*passes)
    return tf.stack(y, axis=1), tf.stack(h)
)";

constexpr std::string_view kDft =
    R"(def dft(x, axis, length=None, inverse=False, onesided=False):
    """ONNX's DFT: the last axis holds real numbers, or real and imaginary parts."""
    imaginary = x[..., 1] if x.shape[-1] == 2 else tf.zeros_like(x[..., 0])
    x = tf.experimental.numpy.moveaxis(tf.complex(x[..., 0], imaginary), axis, -1)
    if length is not None:
        x = x[..., :length]
        rest = ((0, length - x.shape[-1]),)
        x = tf.pad(x, ((0, 0),) * (len(x.shape) - 1) + rest)
    y = tf.signal.ifft(x) if inverse else tf.signal.fft(x)
    y = y[..., : y.shape[-1] // 2 + 1] if onesided else y
    y = tf.experimental.numpy.moveaxis(y, -1, axis)
    return tf.stack([tf.math.real(y), tf.math.imag(y)], axis=-1)
)";

constexpr std::string_view kTopK = R"(def top_k(x, k, axis=-1, largest=True):
    """The k largest, or smallest, elements along an axis, and their places."""
    x = tf.experimental.numpy.swapaxes(x, axis, -1)
    values, places = tf.math.top_k(x if largest else -x, k)
    values = tf.experimental.numpy.swapaxes(values if largest else -values, axis, -1)
    places = tf.experimental.numpy.swapaxes(places, axis, -1)
    return values, tf.cast(places, tf.int64)
)";

constexpr std::string_view kGatherElements = R"(def gather_elements(x, indices, axis):
    """For every index the element of its own place, but along one axis of the index."""
    extents = tf.unstack(tf.shape(indices, indices.dtype))
    at = tf.meshgrid(*map(tf.range, extents), indexing="ij")
    at[axis] = indices % tf.shape(x, indices.dtype)[axis]
    return tf.gather_nd(x, tf.stack(at, axis=-1))
)";

constexpr std::string_view kScatterElements =
    R"(def scatter_elements(x, indices, updates, axis, reduction="set"):
    """Puts every update where its own place says, but along one axis where its index does."""
    extents = tf.unstack(tf.shape(indices, indices.dtype))
    at = tf.meshgrid(*map(tf.range, extents), indexing="ij")
    at[axis] = indices % tf.shape(x, indices.dtype)[axis]
    at = tf.stack(at, axis=-1)
    if reduction == "add":
        return tf.tensor_scatter_nd_add(x, at, updates)
    return tf.tensor_scatter_nd_update(x, at, updates)
)";

constexpr std::string_view kLoop = R"(def loop(body, count, state, captures):
    """ONNX's Loop: the state after the last turn, and what all turns stack."""
    turns = []
    for turn in range(count):
        number = tf.constant(turn, tf.int64)
        _, *values = body(number, tf.constant(True), *state, *captures)
        state = values[: len(state)]
        turns.append(values[len(state) :])
    return (*state, *map(tf.stack, zip(*turns)))
)";

constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kHelpers = {{
    {"linear", kLinear},
    {"conv", kConv},
    {"conv_transpose", kConvTranspose},
    {"batch_norm", kBatchNorm},
    {"layer_norm", kLayerNorm},
    {"dropout", kDropout},
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
    {"gather_elements", kGatherElements},
    {"scatter_elements", kScatterElements},
}};

}  // namespace

std::string_view tensorflow_helper(std::string_view name) {
  for (const auto& [helper, text] : kHelpers) {
    if (helper == name) return text;
  }
  return {};
}

}  // namespace twingrad
