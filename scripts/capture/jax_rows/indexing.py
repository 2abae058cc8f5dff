"""Elements that are read from, or written to, places that are computed."""
import numpy as np

from capture.errors import CaptureError
from capture.jax_rows.shapes import cut


def gather(w, e, xs):
    """Indices of whole axes, alone (Gather) or together (GatherND), for each element of a batch."""
    data, indices = xs
    n = e.params["dimension_numbers"]
    batch, places = list(n.operand_batching_dims), list(n.start_index_map)
    sizes = e.params["slice_sizes"]
    if sorted(n.collapsed_slice_dims) != sorted(places) or tuple(
            n.start_indices_batching_dims) != tuple(range(len(batch))):
        return windows(w, e, xs)
    rest = [axis for axis in range(data.rank) if axis not in batch + places]
    if any(sizes[axis] != data.shape[axis] for axis in rest):
        raise CaptureError("gather of parts of an axis")
    found = indices.rank - 1
    if not batch and len(places) == 1:
        where = w.reshape(indices, indices.shape[:-1])
        where = within(w, e, where, data, places)
        got = w.node("Gather", [w.transpose(data, places + rest), where], axis=0)
    else:
        moved = w.transpose(data, batch + places + rest)
        got = w.node("GatherND", [moved, whole(w, within(w, e, w.read(indices), data, places))],
                     batch_dims=len(batch))
    # What was found stands first; JAX may want it between the axes of the slices.
    order, next_found, next_rest = [], 0, found
    for axis in range(found + len(rest)):
        if axis in n.offset_dims:
            order.append(next_rest)
            next_rest += 1
        else:
            order.append(next_found)
            next_found += 1
    return w.transpose(got, order)


def windows(w, e, xs):
    """One slice, from a place that is computed."""
    data, indices = xs
    n = e.params["dimension_numbers"]
    if indices.rank != 1 or n.operand_batching_dims:
        raise CaptureError("gather of many slices")
    starts = {axis: w.node("Gather", [indices, w.constant(np.int64(i))], axis=0)
              for i, axis in enumerate(n.start_index_map)}
    got = sliced(w, w.read(data), data.shape, starts, e.params["slice_sizes"], indices.dtype)
    return w.reshape(got, e.outputs[0].aval.shape)


def within(w, e, indices, data, places):
    """JAX keeps indices inside where its mode says so; elsewhere they are believed."""
    if "CLIP" not in str(e.params["mode"]):
        return indices
    kind = np.dtype(e.inputs[1].dtype if isinstance(e.inputs[1], np.ndarray)
                    else e.inputs[1].aval.dtype)
    last = np.asarray([data.shape[axis] - 1 for axis in places], kind)
    top = w.constant(last if len(places) > 1 else last[0])
    return w.node("Max", [w.node("Min", [indices, top]), w.constant(np.zeros((), kind))])


def whole(w, indices):
    return w.cast(indices, np.int64)


def sliced(w, name, shape, starts, sizes, kind):
    """Slices of `sizes` from `starts` (axis -> scalar's name), moved inside where they would not
    fit, as JAX does."""
    for axis, start in starts.items():
        if sizes[axis] == shape[axis]:
            continue
        inside = w.node("Min", [start, w.constant(np.asarray(shape[axis] - sizes[axis], kind))])
        inside = w.node("Max", [inside, w.constant(np.asarray(0, kind))])
        steps = w.constant(np.arange(sizes[axis], dtype=kind))
        where = w.node("Add", [inside, steps])
        if kind not in (np.int32, np.int64):
            where = whole(w, where)
        name = w.node("Gather", [name, where], axis=axis)
    return name


def dynamic_slice(w, e, xs):
    data, starts = xs[0], xs[1:]
    sizes = e.params["slice_sizes"]
    if all(s.array is not None for s in starts):
        begin = [int(np.clip(s.array, 0, n - size))
                 for s, n, size in zip(starts, data.shape, sizes)]
        return cut(w, w.read(data), begin, [b + size for b, size in zip(begin, sizes)])
    return sliced(w, w.read(data), data.shape, {i: w.read(s) for i, s in enumerate(starts)}, sizes,
                  starts[0].dtype)


def dynamic_update_slice(w, e, xs):
    data, update, starts = xs[0], xs[1], xs[2:]
    offsets = []
    for start, n, size in zip(starts, data.shape, update.shape):
        inside = w.node("Min", [start, w.constant(np.asarray(n - size, start.dtype))])
        inside = w.node("Max", [inside, w.constant(np.asarray(0, start.dtype))])
        offsets.append(w.reshape(whole(w, inside), [1]))
    places = np.stack(np.indices(update.shape), -1).astype(np.int64)
    where = w.node("Add", [places, w.node("Concat", offsets, axis=0)])
    return w.node("ScatterND", [data, where, update])


def scatter(reduction):
    def write(w, e, xs):
        """Updates of whole slices at places along the first axes that JAX names."""
        data, indices, updates = xs
        n = e.params["dimension_numbers"]
        places = list(n.scatter_dims_to_operand_dims)
        if sorted(n.inserted_window_dims) != sorted(places) or n.operand_batching_dims:
            raise CaptureError(f"{e.name} into parts of an axis")
        rest = [axis for axis in range(data.rank) if axis not in places]
        order = places + rest
        kept = [axis for axis in range(updates.rank) if axis not in n.update_window_dims]
        moved = w.transpose(updates, kept + list(n.update_window_dims))
        more = {"reduction": reduction} if reduction else {}
        got = w.node("ScatterND", [w.transpose(data, order), whole(w, w.read(indices)), moved],
                     **more)
        return w.transpose(got, np.argsort(order))
    return write


ROWS = {"gather": gather, "dynamic_slice": dynamic_slice,
        "dynamic_update_slice": dynamic_update_slice, "scatter": scatter(None),
        "scatter-add": scatter("add"), "scatter_add": scatter("add"),
        "scatter-mul": scatter("mul"), "scatter_mul": scatter("mul")}
