"""The model that numbers are held to: its bytes, the names of its values, and how the framework's
names and layouts become its own."""
import json
import os

import numpy as np

from capture.errors import CaptureError, short


class ModelFile:
    """`inputs`, `parameters`: name -> shape (None where unknown); `outputs`, `dropouts` (the first
    outputs of Dropout nodes, in order): names; `values`: every name; `modes`: those that nodes say
    themselves, true for training."""

    def __init__(self, path, data, inputs, parameters, outputs, values, dropouts, modes=()):
        self.path, self.data = path, data
        self.inputs, self.parameters, self.outputs = inputs, parameters, outputs
        self.values, self.dropouts, self.modes = set(values), dropouts, set(modes)


def onnx_model(path, proto):
    """The facts of a ModelProto, which becomes the bytes of the file `path` of the bundle."""
    graph = proto.graph
    parameters = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    inputs = {value.name: shape_of(value) for value in graph.input if value.name not in parameters}
    values = {name for node in graph.node for name in node.output if name}
    dropouts = [node.output[0] for node in graph.node if node.op_type == "Dropout"]
    modes = [any(a.name == "training_mode" and a.i for a in node.attribute)
             for node in graph.node if node.op_type == "BatchNormalization"]
    return ModelFile(path, proto.SerializeToString(deterministic=True), inputs, parameters,
                     [value.name for value in graph.output], values | set(inputs) | set(parameters),
                     dropouts, modes)


def shape_of(value):
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    return [dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim]


def read_model(path, precision):
    """The file of --model: ONNX, or twingrad's JSON form."""
    if not os.path.isfile(path):
        raise CaptureError(f"'{path}': no such file")
    with open(path, "rb") as file:
        data = file.read()
    name = os.path.basename(path)
    if path.endswith(".json"):
        return json_model(name, data)
    try:
        import onnx
        proto = onnx.ModelProto.FromString(data)
    except ImportError as error:
        raise CaptureError("--model of an ONNX file needs the package onnx") from error
    except Exception as error:
        raise CaptureError(f"'{path}': {short(error)}") from error
    if any(tensor.external_data for tensor in proto.graph.initializer):
        raise CaptureError(f"'{path}' has its weights in other files; save it as one file")
    return onnx_model(name, in_precision(proto, precision))


def json_model(name, data):
    try:
        model = json.loads(data)
        nodes = model["nodes"]
        parameters = {key: written_shape(value["type"])
                      for key, value in model.get("parameters", {}).items()}
        outputs = model["outputs"]
        values = {value for node in nodes for value in node["outputs"]}
        dropouts = [node["outputs"][0] for node in nodes if node["op"] == "Dropout"]
        inputs = dict.fromkeys(model["inputs"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CaptureError(f"'{name}' is no model in twingrad's JSON form: {short(error)}"
                           ) from error
    return ModelFile(name, data, inputs, parameters, list(outputs),
                     values | set(inputs) | set(parameters), dropouts)


def in_precision(proto, precision):
    """The model with its floats and doubles in the precision, so that a port that was exported in
    float32 can be held to numbers in float64."""
    from onnx import AttributeProto, TensorProto, numpy_helper
    want = TensorProto.DOUBLE if precision == "float64" else TensorProto.FLOAT
    floats = (TensorProto.FLOAT, TensorProto.DOUBLE)

    def tensor(t):
        if t.data_type in floats and t.data_type != want:
            t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(t).astype(precision), t.name))

    def graph(g):
        for t in g.initializer:
            tensor(t)
        for value in [*g.input, *g.output, *g.value_info]:
            if value.type.tensor_type.elem_type in floats:
                value.type.tensor_type.elem_type = want
        for node in g.node:
            for attribute in node.attribute:
                if attribute.type == AttributeProto.GRAPH:
                    graph(attribute.g)
                elif attribute.type == AttributeProto.TENSOR and node.op_type != "Resize":
                    tensor(attribute.t)
                elif attribute.name in ("to", "dtype") and attribute.i in floats:
                    attribute.i = want

    graph(proto.graph)
    return proto


def written_shape(text):
    """'float[2,3]' -> [2, 3]; None where an extent has a name."""
    extents = [extent for extent in text.partition("[")[2].rstrip("]").split(",") if extent]
    return [int(e) for e in extents] if all(e.isdigit() for e in extents) else None


class Names:
    """From the framework's names and layouts to the model's. A map is JSON: name -> name, or name
    -> {"name": ..., "reshape": [...], "permute": [...]}: the framework's array is reshaped first
    (optional), permuted, and takes the shape of the model's parameter."""

    def __init__(self, model, table=None):
        self.model = model
        self.table = {name: {"name": entry} if isinstance(entry, str) else entry
                      for name, entry in (table or {}).items()}

    def name(self, name):
        return self.table.get(name, {}).get("name", name)

    def known(self, name):
        return self.name(name) in self.model.values

    def array(self, name, array):
        """An array of the framework in the model's layout."""
        entry = self.table.get(name, {})
        if array is None or not ({"reshape", "permute"} & set(entry)):
            return array
        try:
            if "reshape" in entry:
                array = array.reshape(entry["reshape"])
            if "permute" in entry:
                array = array.transpose(entry["permute"])
            shape = self.model.parameters.get(self.name(name))
            return np.ascontiguousarray(array.reshape(shape) if shape else array)
        except (ValueError, TypeError) as error:
            raise CaptureError(f"the map for {name}: {error}") from error

    def of(self, arrays):
        """name -> array in the model's names and layouts, of what the model has."""
        return {self.name(name): self.array(name, array) for name, array in arrays.items()
                if self.known(name)}

    def check_parameters(self, arrays, what="parameter"):
        """Fails for parameters that the model does not have, or that have another shape there."""
        for name, array in arrays.items():
            target = self.name(name)
            if target not in self.model.parameters:
                free = sorted(set(self.model.parameters) - {self.name(n) for n in arrays})
                raise CaptureError(
                    f"'{self.model.path}' has no {what} '{target}': --names must say which it is"
                    + (f"; nothing stands for {', '.join(free[:8])}" if free else ""))
            shape = self.model.parameters[target]
            got = list(self.array(name, array).shape)
            if shape is not None and got != list(shape):
                raise CaptureError(f"{what} {name} is {got}, '{target}' of '{self.model.path}' is "
                                   f"{shape}: --names must give it a \"permute\" or \"reshape\"")


def read_names(path):
    if path is None:
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            table = json.load(file)
    except OSError as error:
        raise CaptureError(f"'{path}': {error.strerror}") from error
    except ValueError as error:
        raise CaptureError(f"'{path}': {error}") from error
    fits = isinstance(table, dict) and all(
        isinstance(entry, str) or (isinstance(entry, dict) and isinstance(entry.get("name"), str)
                                   and set(entry) <= {"name", "reshape", "permute"})
        for entry in table.values())
    if not fits:
        raise CaptureError(f"'{path}': expected an object of name -> name, or name -> "
                           '{"name", "reshape", "permute"}')
    return table
