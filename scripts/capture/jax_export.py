"""ONNX models of jaxprs: equations by the rows of jax_rows/, parameters under the paths of their
tree, joined with '/'. A value has the name of the operator that made it, behind the modules and
named scopes around it."""
import numpy as np
from onnx import helper, numpy_helper

from capture.errors import CaptureError
from capture.initializers import rename
from capture.jax_flat import CUSTOM_CALLS, Variable, custom_function, flatten_all
from capture.jax_rows import FUNCTIONS, ROWS
from capture.jax_writer import Operand, Writer, constant_operand, element_type

OPSET = 20
OPSET_OF_BITCAST = 26
IR_VERSION = 10


def convert(writer, flat, known, made=None):
    """Writes the equations; returns the Operands of the results. `known`: Variable -> Operand;
    `made` gets what equations make, without what is another value already."""
    for equation in flat.equations:
        inputs = [operand(v, known) for v in equation.inputs]
        if all(x.array is not None for x in inputs):
            results = [constant_operand(np.asarray(v)) for v in fold(equation, inputs)]
        else:
            writer.scope = equation.scope
            results = write(writer, equation, inputs, made)
        known.update(zip(equation.outputs, results))
    return [operand(v, known) for v in flat.results]


def operand(value, known):
    return known[value] if isinstance(value, Variable) else constant_operand(np.asarray(value))


def fold(equation, inputs):
    """The results of constants. Repeated elements take no memory."""
    if equation.name == "broadcast_in_dim":
        shape, axes = equation.outputs[0].aval.shape, equation.params["broadcast_dimensions"]
        kept = [1] * len(shape)
        for axis, extent in zip(axes, inputs[0].shape):
            kept[axis] = extent
        return [np.broadcast_to(inputs[0].array.reshape(kept), shape)]
    return equation.bind([x.array for x in inputs])


def write(writer, equation, inputs, made):
    before = {x.name for x in inputs}
    if equation.name in CUSTOM_CALLS:
        name, closed = custom_function(equation)
        if name not in FUNCTIONS:
            flat = flatten_all(closed)
            results = convert(writer, flat, dict(zip(flat.inputs, inputs)))
            names = [writer.read(r) for r in results]
        else:
            names = FUNCTIONS[name](writer, equation, inputs)
    else:
        names = row_of(equation)(writer, equation, inputs)
    names = [names] if isinstance(names, str) else names
    for variable, name in zip(equation.outputs, names):
        if made is not None and name not in before and name not in writer.constants:
            made[variable] = name
    return [Operand(v.aval.shape, v.aval.dtype, name)
            for v, name in zip(equation.outputs, names)]


def row_of(equation):
    if equation.name not in ROWS:
        place = f" (in {equation.scope})" if equation.scope else ""
        raise CaptureError(f"the primitive {equation.name}{place} has no row in "
                           "scripts/capture/jax_rows: give the model with --model")
    return ROWS[equation.name]


class Export:
    """`values`: Variable -> name, of what equations make."""

    def __init__(self, flat, known, outputs, states):
        """`known`: Variable of an input -> (name, array or None): a parameter has an array, an
        input of the model has none. `outputs`, `states`: names of the results, in order."""
        self.writer = Writer()
        self.values = {}
        operands = {}
        for variable, (name, _) in known.items():
            if not self.writer.names.take(name):
                raise CaptureError(f"two inputs or parameters have the name {name}")
            operands[variable] = Operand(variable.aval.shape, variable.aval.dtype, name)
        self.inputs = [operands[v] for v, (_, array) in known.items() if array is None]
        self.parameters = {name: array for name, array in known.values() if array is not None}
        results = convert(self.writer, flat, operands, self.values)
        self.outputs = self._outputs(outputs, results)
        self.states = {name: self.writer.read(r)
                       for name, r in zip(states, results[len(outputs):])
                       if r.array is None and r.name in self.values.values()}
        self._name_values({o.name for o in self.outputs})

    def _outputs(self, names, results):
        """Outputs of the graph are values of their own, under their own names."""
        found = []
        for name, result in zip(names, results):
            if not self.writer.names.take(name):
                raise CaptureError(f"the output {name} has the name of another value")
            self.writer.scope = ""
            self.writer.nodes.append(helper.make_node("Identity", [self.writer.read(result)],
                                                      [name]))
            found.append(Operand(result.shape, result.dtype, name))
        return found

    def _name_values(self, outputs):
        """A value that is an output takes that name."""
        made = {name: v for v, name in self.values.items()}
        final, kept = {}, []
        for node in self.writer.nodes:
            source = node.input[0] if node.op_type == "Identity" else None
            if node.output[0] in outputs and source in made and source not in final:
                final[source] = node.output[0]
            else:
                kept.append(node)
        self.writer.nodes = kept
        graph = helper.make_graph(kept, "jax", [], [])
        rename(graph, final)
        for node in graph.node:
            node.name = next(iter(node.output))
        self.graph = graph
        self.values = {v: final.get(name, name) for v, name in self.values.items()}
        self.states = {state: final.get(name, name) for state, name in self.states.items()}

    def proto(self):
        def info(x):
            return helper.make_tensor_value_info(x.name, element_type(x.dtype), list(x.shape))

        parameters = [numpy_helper.from_array(np.asarray(array), name)
                      for name, array in self.parameters.items()]
        graph = helper.make_graph(
            self.graph.node, "jax", [info(x) for x in self.inputs], [info(x) for x in self.outputs],
            parameters + self.writer.initializers())
        bits = "BitCast" in self.writer.kinds
        proto = helper.make_model(
            graph, producer_name="twingrad-capture",
            opset_imports=[helper.make_opsetid("", OPSET_OF_BITCAST if bits else OPSET)])
        proto.ir_version = IR_VERSION + 3 if bits else IR_VERSION
        return proto
