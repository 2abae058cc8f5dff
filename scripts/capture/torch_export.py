"""ONNX models of PyTorch modules: parameters under their own names, and which value of the graph
belongs to which call of a function (torch_calls.py)."""
import io
import warnings

import onnx
import torch

from capture.errors import CaptureError, short
from capture.initializers import own_initializers, rename
from capture.torch_calls import Calls, watched

DOMAIN = "capture"


class Mark(torch.autograd.Function):
    """A copy that leaves a node with the number of its call in the exported graph."""

    @staticmethod
    def forward(context, x, number):
        return x.clone()

    @staticmethod
    def symbolic(graph, x, number):
        return graph.op(f"{DOMAIN}::Mark", x, number_i=number).setType(x.type())


class Marker(Calls):
    def __init__(self, numbers):
        super().__init__()
        self._numbers = numbers

    def _tensor(self, number, tensor):
        return Mark.apply(tensor, number) if number in self._numbers else tensor


def export(model, inputs, output_names, training, opset, recorder):
    """The model in its present mode as (ModelProto, call number -> value name); inputs: name ->
    tensor, in the order of forward's parameters. Values that the graph does not have (what the
    exporter leaves out or fuses) have no name. The model's state is left as it was."""
    state = {name: value.detach().clone() for name, value in model.state_dict().items()}
    marker = Marker(set(recorder.values) | set(recorder.masks))
    domains = {DOMAIN: 1} if recorder.values or recorder.masks else None
    file = io.BytesIO()
    mode = torch.onnx.TrainingMode.TRAINING if training else torch.onnx.TrainingMode.PRESERVE
    try:
        with watched(model, marker), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                model, (), file, kwargs=dict(inputs), dynamo=False, opset_version=opset,
                do_constant_folding=False, input_names=list(inputs),
                output_names=list(output_names), training=mode, custom_opsets=domains)
    except CaptureError:
        raise
    except Exception as error:
        raise CaptureError(f"torch.onnx.export: {short(error)}") from error
    finally:
        model.load_state_dict(state)
        model.train(training)
    if marker.count != recorder.count:
        raise CaptureError(f"the model calls {recorder.count} functions when it runs and "
                           f"{marker.count} when it is exported: its values cannot be told apart")
    proto = onnx.ModelProto.FromString(file.getvalue())
    names = take_marks(proto)
    values = {name: value.numpy() for name, value in state.items()}
    own_initializers(proto, values, used_parameters(model, proto))
    for node in proto.graph.node:
        node.doc_string = ""
    return proto, names


def used_parameters(model, proto):
    """Parameters that nothing reads are not in the graph, and have no gradient."""
    read = {name for node in proto.graph.node for name in node.input}
    return [name for name, _ in model.named_parameters() if name in read]


def take_marks(proto):
    """Removes the nodes that marked calls; returns call number -> name of the marked value. Of the
    calls that stand for one value the first has made it."""
    graph = proto.graph
    produced = {name for node in graph.node for name in node.output if node.domain != DOMAIN}
    outputs = {value.name for value in graph.output}
    source, numbers, final, kept = {}, {}, {}, []
    for node in graph.node:
        node = onnx.NodeProto.FromString(node.SerializeToString())
        if node.domain != DOMAIN:
            kept.append(node)
            continue
        marked, value = node.output[0], source.get(node.input[0], node.input[0])
        numbers.setdefault(value, node.attribute[0].i)
        if marked not in outputs:
            source[marked] = value
        elif value in produced and value not in final:
            final[value] = source[marked] = marked  # the value takes the name of the output
        else:
            kept.append(onnx.helper.make_node("Identity", [value], [marked]))
    del graph.node[:]
    graph.node.extend(kept)
    rename(graph, {**{m: final.get(v, v) for m, v in source.items()}, **final})
    for index in reversed(range(len(proto.opset_import))):
        if proto.opset_import[index].domain == DOMAIN:
            del proto.opset_import[index]
    return {number: final.get(value, value) for value, number in numbers.items()
            if value in produced}
