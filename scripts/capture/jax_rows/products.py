"""Products of matrices, and convolutions."""
import math

import numpy as np

from capture.errors import CaptureError


def dot_general(w, e, xs):
    (left_sum, right_sum), (left_batch, right_batch) = e.params["dimension_numbers"]
    left, right = xs
    kind = np.dtype(e.outputs[0].aval.dtype)
    a, b = (w.read(x) if x.dtype == kind else w.cast(x, kind) for x in xs)
    left_free = free_axes(left, left_batch, left_sum)
    right_free = free_axes(right, right_batch, right_sum)
    a = w.transpose(a, [*left_batch, *left_free, *left_sum])
    b = w.transpose(b, [*right_batch, *right_sum, *right_free])
    # MatMul as it is: any number of rows' axes before one that is summed, or matrices in batches.
    if len(left_sum) == 1 and len(right_free) == 1 and (
            not left_batch or len(left_free) == 1):
        return w.node("MatMul", [a, b])
    batch = [left.shape[i] for i in left_batch]
    rows, columns = [left.shape[i] for i in left_free], [right.shape[i] for i in right_free]
    length = math.prod(left.shape[i] for i in left_sum)
    a = w.reshape(a, [*batch, math.prod(rows), length])
    b = w.reshape(b, [*batch, length, math.prod(columns)])
    return w.reshape(w.node("MatMul", [a, b]), [*batch, *rows, *columns])


def free_axes(x, *taken):
    return [axis for axis in range(x.rank) if not any(axis in t for t in taken)]


def convolution(w, e, xs):
    p = e.params
    numbers = p["dimension_numbers"]
    if p["batch_group_count"] != 1:
        raise CaptureError("conv_general_dilated with a batch_group_count")
    x = w.transpose(xs[0], numbers.lhs_spec)
    kernel = w.transpose(xs[1], numbers.rhs_spec)
    kernel_shape = [xs[1].shape[axis] for axis in numbers.rhs_spec]
    if all(d == 1 for d in p["lhs_dilation"]):
        result = forward(w, p, x, kernel, kernel_shape)
    else:
        result = transposed(w, p, x, kernel, kernel_shape)
    return w.transpose(result, np.argsort(numbers.out_spec))


def forward(w, p, x, kernel, kernel_shape):
    pads = [low for low, _ in p["padding"]] + [high for _, high in p["padding"]]
    if min(pads, default=0) < 0:
        raise CaptureError("conv_general_dilated with a negative padding")
    return w.node("Conv", [x, kernel], kernel_shape=kernel_shape[2:], pads=pads,
                  strides=list(p["window_strides"]), dilations=list(p["rhs_dilation"]),
                  group=p["feature_group_count"])


def transposed(w, p, x, kernel, kernel_shape):
    """A convolution of an input with zeros between its elements is ConvTranspose with the mirrored
    kernel."""
    reach = [d * (k - 1) for d, k in zip(p["rhs_dilation"], kernel_shape[2:])]
    pads = [r - low for r, (low, _) in zip(reach, p["padding"])] + \
           [r - high for r, (_, high) in zip(reach, p["padding"])]
    if p["feature_group_count"] != 1 or any(s != 1 for s in p["window_strides"]):
        raise CaptureError("conv_general_dilated with lhs_dilation, and groups or strides")
    # ConvTranspose cuts what is padded; elements that JAX adds beyond belong to output_padding.
    more = [max(-pad, 0) for pad in pads[len(reach):]]
    if min(pads[:len(reach)]) < 0 or any(m >= d for m, d in zip(more, p["lhs_dilation"])):
        raise CaptureError("conv_general_dilated with lhs_dilation and a wide padding")
    axes = list(range(2, len(kernel_shape)))
    mirrored = w.node("Slice", [kernel, w.integers([-1] * len(axes)),
                                w.integers([np.iinfo(np.int64).min + 1] * len(axes)),
                                w.integers(axes), w.integers([-1] * len(axes))])
    swapped = w.transpose(mirrored, [1, 0, *axes])
    return w.node("ConvTranspose", [x, swapped], kernel_shape=kernel_shape[2:],
                  pads=[max(pad, 0) for pad in pads], output_padding=more,
                  strides=list(p["lhs_dilation"]), dilations=list(p["rhs_dilation"]))


ROWS = {"dot_general": dot_general, "conv_general_dilated": convolution}
