"""ONNX nodes of Keras layers. Parameters keep Keras's names and layouts (kernels are transposed by
nodes), so that their gradients can be compared as Keras has them. A layer is a row in LAYERS."""
import numpy as np
from onnx import helper, numpy_helper

from capture.errors import CaptureError

SUPPORTED_LAYOUT = "channels_last"


class Graph:
    """Nodes and initializers in the making; `mode` is true while training."""

    def __init__(self, precision, training):
        self.precision, self.training = precision, training
        self.nodes, self.parameters, self.constants = [], {}, {}
        self.draws = {}  # (name of a Dropout layer, its call) -> value
        self.statistics = {}  # value -> name of the moving statistic after the step
        self._calls = {}

    def node(self, kind, inputs, result=None, outputs=1, **attributes):
        """The name of the first output of a new node."""
        count = self._calls[kind] = self._calls.get(kind, 0) + 1
        first = result or f"{kind}_{count}"
        names = [first] + [f"{first}/{i}" for i in range(1, outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=f"{kind}_{count}",
                                           **attributes))
        return first if outputs == 1 else names

    def parameter(self, variable):
        self.parameters[variable.path] = np.asarray(variable)
        return variable.path

    def number(self, value):
        return self.constant(np.asarray(value, self.precision))

    def integers(self, values):
        return self.constant(np.asarray(values, np.int64))

    def constant(self, array):
        for name, known in self.constants.items():
            if known.dtype == array.dtype and np.array_equal(known, array):
                return name
        name = f"constant_{len(self.constants)}"
        self.constants[name] = array
        return name

    def initializers(self):
        return [numpy_helper.from_array(value, name)
                for name, value in {**self.parameters, **self.constants}.items()]

    def calls(self, layer):
        """How often the layer was called before."""
        count = self._calls.get(layer, 0)
        self._calls[layer] = count + 1
        return count


def channels_first(graph, x, rank, compute):
    """compute(x) with the channels moved to axis 1, and moved back in the result."""
    if rank == 2:
        return compute(x)
    there = [0, rank - 1, *range(1, rank - 1)]
    back = [0, *range(2, rank), 1]
    result = compute(graph.node("Transpose", [x], perm=there))
    return graph.node("Transpose", [result], perm=back)


def activate(graph, x, function):
    name = getattr(function, "__name__", type(function).__name__)
    if name not in ACTIVATIONS:
        raise CaptureError(f"the activation {name} has no row in keras_layers.py: give the model "
                           "with --model")
    return ACTIVATIONS[name](graph, x)


def plain(kind, **attributes):
    return lambda graph, x: graph.node(kind, [x], **attributes)


def hard_sigmoid(graph, x):
    # HardSigmoid's attributes are float32, and 1/6 is none.
    sixth = graph.node("Add", [graph.node("Div", [x, graph.number(6)]), graph.number(0.5)])
    return graph.node("Clip", [sixth, graph.number(0), graph.number(1)])


ACTIVATIONS = {
    "linear": lambda graph, x: x, "relu": plain("Relu"), "sigmoid": plain("Sigmoid"),
    "tanh": plain("Tanh"), "softmax": plain("Softmax", axis=-1), "elu": plain("Elu"),
    "softplus": plain("Softplus"), "softsign": plain("Softsign"), "exponential": plain("Exp"),
    "gelu": plain("Gelu"), "log_softmax": plain("LogSoftmax", axis=-1),
    "silu": lambda graph, x: graph.node("Mul", [x, graph.node("Sigmoid", [x])]),
    "relu6": lambda graph, x: graph.node("Clip", [x, graph.number(0), graph.number(6)]),
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": lambda graph, x: graph.node("Mul", [x, hard_sigmoid(graph, x)])}


def dense(graph, layer, inputs, shapes):
    y = graph.node("MatMul", [inputs[0], graph.parameter(layer.kernel)])
    if layer.use_bias:
        y = graph.node("Add", [y, graph.parameter(layer.bias)])
    return activate(graph, y, layer.activation)


def window(layer, size):
    if layer.padding not in ("same", "valid"):
        raise CaptureError(f"{layer.name}: padding {layer.padding}")
    return {"kernel_shape": list(size), "strides": list(layer.strides),
            "auto_pad": "SAME_UPPER" if layer.padding == "same" else "VALID"}


def convolution(graph, layer, inputs, shapes):
    rank = len(shapes[0])
    kernel = graph.node("Transpose", [graph.parameter(layer.kernel)],
                        perm=[rank - 1, rank - 2, *range(rank - 2)])
    return convolved(graph, layer, inputs[0], rank, kernel, layer.groups)


def depthwise(graph, layer, inputs, shapes):
    rank, channels = len(shapes[0]), shapes[0][-1]
    kernel = graph.node("Transpose", [graph.parameter(layer.kernel)],
                        perm=[rank - 2, rank - 1, *range(rank - 2)])
    shape = [channels * layer.depth_multiplier, 1, *layer.kernel_size]
    kernel = graph.node("Reshape", [kernel, graph.integers(shape)])
    return convolved(graph, layer, inputs[0], rank, kernel, channels)


def convolved(graph, layer, x, rank, kernel, groups):
    more = [graph.parameter(layer.bias)] if layer.use_bias else []
    y = channels_first(graph, x, rank, lambda x: graph.node(
        "Conv", [x, kernel, *more], group=groups, dilations=list(layer.dilation_rate),
        **window(layer, layer.kernel_size)))
    return activate(graph, y, layer.activation)


def batch_normalization(graph, layer, inputs, shapes):
    rank = len(shapes[0])
    if layer.axis not in (-1, rank - 1):
        raise CaptureError(f"{layer.name}: normalizes axis {layer.axis}, expected the last")
    width = shapes[0][-1]
    ones, zeros = np.ones(width, graph.precision), np.zeros(width, graph.precision)
    rest = [graph.parameter(layer.gamma) if layer.scale else graph.constant(ones),
            graph.parameter(layer.beta) if layer.center else graph.constant(zeros),
            graph.parameter(layer.moving_mean), graph.parameter(layer.moving_variance)]
    training = graph.training and layer.trainable

    def compute(x):
        names = graph.node("BatchNormalization", [x, *rest], outputs=3 if training else 1,
                           epsilon=layer.epsilon, momentum=layer.momentum,
                           training_mode=int(training))
        if not training:
            return names
        graph.statistics[names[1]] = layer.moving_mean.path
        graph.statistics[names[2]] = layer.moving_variance.path
        return names[0]

    return channels_first(graph, inputs[0], rank, compute)


def layer_normalization(graph, layer, inputs, shapes):
    axes = layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]
    if list(axes) not in ([-1], [len(shapes[0]) - 1]):
        raise CaptureError(f"{layer.name}: normalizes axes {axes}, expected the last")
    scale = (graph.parameter(layer.gamma) if layer.scale
             else graph.constant(np.ones(shapes[0][-1], graph.precision)))
    more = [graph.parameter(layer.beta)] if layer.center else []
    return graph.node("LayerNormalization", [inputs[0], scale, *more], axis=-1,
                      epsilon=layer.epsilon)


def dropout(graph, layer, inputs, shapes):
    call = graph.calls(layer)
    if not graph.training or layer.rate == 0:
        return inputs[0]
    y = graph.node("Dropout", [inputs[0], graph.number(layer.rate),
                               graph.constant(np.asarray(True))])
    graph.draws[layer.name, call] = y
    return y


def pooling(kind, **attributes):
    def write(graph, layer, inputs, shapes):
        return channels_first(graph, inputs[0], len(shapes[0]), lambda x: graph.node(
            kind, [x], **window(layer, layer.pool_size), **attributes))
    return write


def global_pooling(kind):
    def write(graph, layer, inputs, shapes):
        axes = graph.integers(list(range(1, len(shapes[0]) - 1)))
        return graph.node(kind, [inputs[0], axes], keepdims=int(layer.keepdims))
    return write


def reshaped(graph, layer, inputs, shapes):
    target = [0, -1] if type(layer).__name__ == "Flatten" else [0, *layer.target_shape]
    return graph.node("Reshape", [inputs[0], graph.integers(target)])


def padding(graph, layer, inputs, shapes):
    sides = [(0, 0), *layer.padding, (0, 0)]
    pads = [before for before, _ in sides] + [after for _, after in sides]
    return graph.node("Pad", [inputs[0], graph.integers(pads)])


def folded(kind):
    def write(graph, layer, inputs, shapes):
        result = inputs[0]
        for other in inputs[1:]:
            result = graph.node(kind, [result, other])
        return result
    return write


def concatenation(graph, layer, inputs, shapes):
    return graph.node("Concat", inputs, axis=layer.axis)


def embedding(graph, layer, inputs, shapes):
    return graph.node("Gather", [graph.parameter(layer.embeddings), inputs[0]], axis=0)


def leaky_relu(graph, layer, inputs, shapes):
    return graph.node("LeakyRelu", inputs, alpha=float(layer.negative_slope))


def relu(graph, layer, inputs, shapes):
    if layer.negative_slope or layer.threshold:
        raise CaptureError(f"{layer.name}: ReLU with a slope or threshold has no row")
    if layer.max_value is None:
        return graph.node("Relu", inputs)
    return graph.node("Clip", [inputs[0], graph.number(0), graph.number(layer.max_value)])


LAYERS = {
    "Dense": dense, "Conv1D": convolution, "Conv2D": convolution, "Conv3D": convolution,
    "DepthwiseConv1D": depthwise, "DepthwiseConv2D": depthwise,
    "BatchNormalization": batch_normalization, "LayerNormalization": layer_normalization,
    "Dropout": dropout, "MaxPooling1D": pooling("MaxPool"), "MaxPooling2D": pooling("MaxPool"),
    "AveragePooling1D": pooling("AveragePool", count_include_pad=0),
    "AveragePooling2D": pooling("AveragePool", count_include_pad=0),
    "GlobalAveragePooling1D": global_pooling("ReduceMean"),
    "GlobalAveragePooling2D": global_pooling("ReduceMean"),
    "GlobalMaxPooling2D": global_pooling("ReduceMax"),
    "Flatten": reshaped, "Reshape": reshaped, "ZeroPadding2D": padding,
    "Add": folded("Add"), "Multiply": folded("Mul"), "Subtract": folded("Sub"),
    "Concatenate": concatenation, "Embedding": embedding, "LeakyReLU": leaky_relu, "ReLU": relu,
    "Softmax": lambda graph, layer, inputs, shapes: graph.node("Softmax", inputs, axis=layer.axis),
    "Activation": lambda graph, layer, inputs, shapes: activate(graph, inputs[0],
                                                                layer.activation)}
