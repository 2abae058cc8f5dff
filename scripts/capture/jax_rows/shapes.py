"""Where elements go."""
import numpy as np

from capture.errors import CaptureError


def reshape(w, e, xs):
    if e.params.get("dimensions") is not None:
        raise CaptureError("reshape with an order of its own")
    return reshaped(w, xs[0], e.outputs[0].aval.shape)


def reshaped(w, x, shape):
    return w.read(x) if x.shape == tuple(shape) else w.reshape(x, shape)


def squeeze(w, e, xs):
    return reshaped(w, xs[0], e.outputs[0].aval.shape)


def broadcast_in_dim(w, e, xs):
    x, shape = xs[0], e.outputs[0].aval.shape
    kept = [1] * len(shape)
    for axis, extent in zip(e.params["broadcast_dimensions"], x.shape):
        kept[axis] = extent
    small = reshaped(w, x, kept)
    return small if tuple(kept) == tuple(shape) else w.node("Expand", [small, w.integers(shape)])


def transpose(w, e, xs):
    return w.transpose(xs[0], e.params["permutation"])


def concatenate(w, e, xs):
    return w.node("Concat", xs, axis=e.params["dimension"])


def cut(w, x, starts, limits, strides=None):
    rank = len(starts)
    return w.node("Slice", [x, w.integers(starts), w.integers(limits), w.integers(range(rank)),
                            w.integers(strides or [1] * rank)])


def slice_(w, e, xs):
    p = e.params
    return cut(w, xs[0], p["start_indices"], p["limit_indices"], p["strides"])


def rev(w, e, xs):
    axes = e.params["dimensions"]
    return w.node("Slice", [xs[0], w.integers([-1] * len(axes)),
                            w.integers([np.iinfo(np.int64).min + 1] * len(axes)),
                            w.integers(axes), w.integers([-1] * len(axes))])


def pad(w, e, xs):
    x, value = xs
    config = e.params["padding_config"]
    name, shape = w.read(x), list(x.shape)
    for axis, (_, _, inner) in enumerate(config):
        if inner:
            name, shape = spread(w, name, shape, axis, inner, value)
    low, high = [c[0] for c in config], [c[1] for c in config]
    if min(low + high) < 0:
        name = cut(w, name, [max(-v, 0) for v in low],
                   [n + min(v, 0) for n, v in zip(shape, high)])
    grown = [max(v, 0) for v in low + high]
    return w.node("Pad", [name, w.integers(grown), value]) if any(grown) else name


def spread(w, name, shape, axis, inner, value):
    """Puts `inner` times the value between the elements of an axis."""
    count = shape[axis]
    shape = shape[:axis] + [count, 1] + shape[axis + 1:]
    pads = [0] * (2 * len(shape))
    pads[len(shape) + axis + 1] = inner
    name = w.node("Pad", [w.reshape(name, shape), w.integers(pads), value])
    shape[axis:axis + 2] = [count * (inner + 1)]
    name = w.reshape(name, shape)
    limits = list(shape)
    limits[axis] -= inner
    return cut(w, name, [0] * len(shape), limits), limits


def split(w, e, xs):
    sizes = e.params["sizes"]
    names = w.node("Split", [xs[0], w.integers(sizes)], outputs=len(sizes), axis=e.params["axis"])
    return names if len(sizes) > 1 else [names]


ROWS = {"reshape": reshape, "squeeze": squeeze, "expand_dims": squeeze, "transpose": transpose,
        "broadcast_in_dim": broadcast_in_dim, "concatenate": concatenate, "slice": slice_,
        "rev": rev, "pad": pad, "split": split}
