"""The ONNX model of a functional Keras model: its layers by the rows of keras_layers.py. A value
has the name of the layer that made it, with /1, /2, ... for the later calls of a shared layer."""
from onnx import TensorProto, helper

from capture.errors import CaptureError
from capture.keras_layers import LAYERS, SUPPORTED_LAYOUT, Graph

OPSET = 20
IR_VERSION = 9
ELEMENT_TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE,
                 "int32": TensorProto.INT32, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}


def layer_calls(model):
    """(layer, its input tensors, its output tensor) in the order in which they are computed."""
    functional = model._functional if hasattr(model, "_functional") else model
    if not hasattr(functional, "_nodes_by_depth"):
        raise CaptureError(f"{type(model).__name__} is no functional or sequential Keras model: "
                           "its layers cannot be walked, give the model with --model")
    for depth in sorted(functional._nodes_by_depth, reverse=True):
        for node in functional._nodes_by_depth[depth]:
            if not node.is_input:
                yield node.operation, list(node.arguments.keras_tensors), list(node.outputs)


class Export:
    """`names`: id of a Keras tensor -> value name; `graph`: what a case wants to know of the
    nodes."""

    def __init__(self, model, precision, training):
        self.graph = Graph(precision, training)
        self.names = {id(tensor): tensor.name for tensor in model.inputs}
        self.model = model
        self._used = set(self.names.values())
        self._walk(model)
        self.outputs = self._outputs()

    def _walk(self, model):
        for layer, inputs, outputs in layer_calls(model):
            kind = type(layer).__name__
            if hasattr(layer, "_nodes_by_depth") or hasattr(layer, "_functional"):
                raise CaptureError(f"the model {layer.name} inside of the model is not walked: "
                                   "build the outer one of its layers, or use --model")
            if kind not in LAYERS:
                raise CaptureError(f"{layer.name}: the layer {kind} has no row in keras_layers.py; "
                                   "give the model with --model")
            if getattr(layer, "data_format", SUPPORTED_LAYOUT) != SUPPORTED_LAYOUT:
                raise CaptureError(f"{layer.name}: expected {SUPPORTED_LAYOUT}")
            shapes = [list(tensor.shape) for tensor in inputs]
            made = LAYERS[kind](self.graph, layer, [self.names[id(t)] for t in inputs], shapes)
            self.names[id(outputs[0])] = self._named(made, layer.name)

    def _named(self, made, wanted):
        """Names the value `made` after its layer, unless it is one that is there already."""
        if made in self._used:
            return made
        count = 1
        name = wanted
        while name in self._used:
            name = f"{wanted}/{count}"
            count += 1
        self._used.add(name)
        for node in self.graph.nodes:
            for i, value in enumerate(node.output):
                if value == made:
                    node.output[i] = name
            for i, value in enumerate(node.input):
                if value == made:
                    node.input[i] = name
        self.graph.draws = {k: name if v == made else v for k, v in self.graph.draws.items()}
        return name

    def _outputs(self):
        """Output name -> Keras tensor. An output that is a graph input gets a node of its own."""
        found = {}
        for tensor in self.model.outputs:
            name = self.names[id(tensor)]
            if name in found or name in {t.name for t in self.model.inputs}:
                name = self.graph.node("Identity", [name])
            found[name] = tensor
        return found

    def proto(self):
        def info(name, tensor):
            kind = ELEMENT_TYPES.get(tensor.dtype)
            if kind is None:
                raise CaptureError(f"{name} has elements of type {tensor.dtype}")
            return helper.make_tensor_value_info(name, kind, [None, *tensor.shape[1:]])

        graph = helper.make_graph(
            self.graph.nodes, self.model.name, [info(t.name, t) for t in self.model.inputs],
            [info(name, tensor) for name, tensor in self.outputs.items()],
            self.graph.initializers())
        proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)],
                                  producer_name="twingrad-capture")
        proto.ir_version = IR_VERSION
        return proto
