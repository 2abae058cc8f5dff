"""Sums, extrema, running sums, windows, and orders."""
import math

import numpy as np

from capture.errors import CaptureError


def reduced(kind):
    return lambda w, e, xs: w.node(kind, [xs[0], w.integers(e.params["axes"])], keepdims=0)


def reduced_logical(kind):
    def write(w, e, xs):
        numbers = w.cast(xs[0], np.int32)
        got = w.node(kind, [numbers, w.integers(e.params["axes"])], keepdims=0)
        return w.cast(got, np.bool_)
    return write


def position(kind):
    def write(w, e, xs):
        (axis,) = e.params["axes"]
        found = w.node(kind, [xs[0]], axis=axis, keepdims=0)
        return w.cast(found, e.params["index_dtype"])
    return write


def cumulative(kind):
    return lambda w, e, xs: w.node(kind, [xs[0], w.constant(np.int64(e.params["axis"]))],
                                   reverse=int(e.params["reverse"]))


def windows(w, e, x, compute):
    """compute(x, shape, strides, pads) with the axes that windows move along made the last ones,
    behind two others."""
    p = e.params
    sizes, strides = p["window_dimensions"], p["window_strides"]
    if any(d != 1 for d in [*p["base_dilation"], *p["window_dilation"]]):
        raise CaptureError(f"{e.name} with a dilation")
    moving = [i for i in range(x.rank)
              if sizes[i] != 1 or strides[i] != 1 or any(p["padding"][i])]
    if not moving:
        return w.read(x)
    rest = [i for i in range(x.rank) if i not in moving]
    shape = [x.shape[i] for i in rest]
    name = w.transpose(x, [*rest, *moving])
    if len(rest) != 2:
        name = w.reshape(name, [1, math.prod(shape), *(x.shape[i] for i in moving)])
    pads = [p["padding"][i][0] for i in moving] + [p["padding"][i][1] for i in moving]
    name = compute(name, [sizes[i] for i in moving], [strides[i] for i in moving], pads)
    if len(rest) != 2:
        name = w.reshape(name, [*shape, *(e.outputs[0].aval.shape[i] for i in moving)])
    return w.transpose(name, np.argsort([*rest, *moving]))


def largest(w, e, xs):
    return windows(w, e, xs[0], lambda x, shape, strides, pads: w.node(
        "MaxPool", [x], kernel_shape=shape, strides=strides, pads=pads))


def smallest(w, e, xs):
    def compute(x, shape, strides, pads):
        turned = w.node("Neg", [x])
        return w.node("Neg", [w.node("MaxPool", [turned], kernel_shape=shape, strides=strides,
                                     pads=pads)])
    return windows(w, e, xs[0], compute)


def summed(w, e, xs):
    def compute(x, shape, strides, pads):
        mean = w.node("AveragePool", [x], kernel_shape=shape, strides=strides, pads=pads,
                      count_include_pad=1)
        return w.node("Mul", [mean, w.number(math.prod(shape), xs[0])])
    return windows(w, e, xs[0], compute)


def top_k(w, e, xs):
    axis = e.params.get("axis", -1)
    values, places = w.node("TopK", [xs[0], w.integers([e.params["k"]])], outputs=2, axis=axis)
    return [values, w.cast(places, e.outputs[1].aval.dtype)]


def sort(w, e, xs):
    axis = e.params["dimension"]
    if e.params["num_keys"] != 1:
        raise CaptureError("sort with several keys")
    values, places = w.node("TopK", [xs[0], w.integers([xs[0].shape[axis]])], outputs=2, axis=axis,
                            largest=0)
    return [values] + [w.node("GatherElements", [x, places], axis=axis) for x in xs[1:]]


ROWS = {
    "reduce_sum": reduced("ReduceSum"), "reduce_max": reduced("ReduceMax"),
    "reduce_min": reduced("ReduceMin"), "reduce_prod": reduced("ReduceProd"),
    "reduce_and": reduced_logical("ReduceMin"), "reduce_or": reduced_logical("ReduceMax"),
    "argmax": position("ArgMax"), "argmin": position("ArgMin"), "cumsum": cumulative("CumSum"),
    "cumprod": cumulative("CumProd"), "reduce_window_max": largest,
    "reduce_window_min": smallest, "reduce_window_sum": summed, "top_k": top_k, "sort": sort}
