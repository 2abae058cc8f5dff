"""Makes the parameters of an exported ONNX model initializers under the framework's own names.

Exporters merge parameters that happen to be equal (all the ones and zeros of fresh normalization
layers), rename them, and write their values before or after a step. A gradient has a name only if
its parameter has one. Needs the package onnx.
"""
import onnx
from onnx import numpy_helper

from capture.errors import CaptureError


def own_initializers(proto, values, required):
    """Gives every initializer that is named in `values` (name -> array) that value, undoes the
    merging of equal parameters, and fails for names of `required` that the graph does not have."""
    graph = proto.graph
    undo_merging(graph, set(values))
    known = {tensor.name: tensor for tensor in graph.initializer}
    missing = sorted(set(required) - set(known))
    if missing:
        raise CaptureError(f"the exporter left {len(missing)} parameters without an initializer of "
                           f"their own, such as {missing[0]}: it has computed with them, or the "
                           "model does not use them")
    for name, value in values.items():
        if name in known:
            known[name].CopyFrom(numpy_helper.from_array(value, name))


def undo_merging(graph, names):
    """What is `Identity` of another initializer becomes one itself: a running mean that happens to
    be equal to a bias would add to its gradient."""
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    kept = []
    for node in graph.node:
        source = tensors.get(node.input[0]) if node.op_type == "Identity" else None
        if source is not None and node.output[0] in names:
            copy = graph.initializer.add()
            copy.CopyFrom(source)
            copy.name = node.output[0]
        else:
            kept.append(onnx.NodeProto.FromString(node.SerializeToString()))
    del graph.node[:]
    graph.node.extend(kept)


def name_by_value(proto, values):
    """Renames initializers whose element type, shape and elements are those of exactly one value of
    `values` (name -> array), for exporters that lose the names. Returns the names that were found.
    """
    by_content = {}
    for name, value in values.items():
        by_content.setdefault(content(value), []).append(name)
    renamed = {}
    for tensor in proto.graph.initializer:
        names = by_content.get(content(numpy_helper.to_array(tensor)), [])
        if len(names) == 1 and names[0] not in renamed.values():
            renamed[tensor.name] = names[0]
            tensor.name = names[0]
    rename(proto.graph, renamed)
    return set(renamed.values())


def content(array):
    return array.dtype.name, array.shape, array.tobytes()


def rename(graph, names):
    """Values that nodes read, and outputs of the graph, by other names: old -> new. Nested graphs
    see the names of the outer one."""
    for node in graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = names.get(name, name)
        for i, name in enumerate(node.output):
            node.output[i] = names.get(name, name)
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                rename(attribute.g, names)
    for value in list(graph.output) + list(graph.value_info):
        value.name = names.get(value.name, value.name)
