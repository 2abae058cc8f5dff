"""Runs a converted graph with TensorFlow's own operators, so that a tape can see its constants."""
import inspect
import json

import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.framework import graph_pb2
from tensorflow.python.framework import op_def_registry

ACTIVATIONS = {"Relu": tf.nn.relu, "Relu6": tf.nn.relu6, "Elu": tf.nn.elu,
               "Sigmoid": tf.nn.sigmoid, "Tanh": tf.nn.tanh}


class GraphRunner:
    """A graph-model; `constants` are its Const nodes as tensors, by name."""

    def __init__(self, files, weights):
        model = json.loads(files["model.json"])
        self.graph = json_format.ParseDict(model["modelTopology"], graph_pb2.GraphDef())
        self.signature = model["signature"]
        self.functions = {f.signature.name: f for f in self.graph.library.function}
        self.constants = {}
        for nodes in [self.graph.node, *(f.node_def for f in self.functions.values())]:
            for node in nodes:
                if node.op == "Const":
                    dtype = tf.as_dtype(node.attr["dtype"].type)
                    self.constants[node.name] = tf.constant(
                        weights[node.name].astype(dtype.as_numpy_dtype))

    def run(self, inputs):
        """The outputs of the signature by the names of tensors."""
        values = {name: [value] for name, value in inputs.items()}
        names = [entry["name"] for entry in self.signature["outputs"].values()]
        return {name: self._value(name, self.graph.node, values) for name in names}

    def _call(self, name, arguments):
        function = self.functions[name]
        values = {a.name: [v] for a, v in zip(function.signature.input_arg, arguments)}
        return [self._value(function.ret[result.name], function.node_def, values)
                for result in function.signature.output_arg]

    def _value(self, reference, nodes, values):
        parts = reference.split(":")
        if parts[0] not in values:
            node = next(n for n in nodes if n.name == parts[0])
            inputs = [self._value(i, nodes, values) for i in node.input if i[0] != "^"]
            result = self._run_node(node, inputs)
            values[node.name] = list(result) if isinstance(result, (list, tuple)) else [result]
        if len(parts) < 3:
            return values[parts[0]][int(parts[1]) if len(parts) > 1 else 0]
        node = next(n for n in nodes if n.name == parts[0])
        outputs = [a.name for a in op_def_registry.get(node.op).output_arg] \
            if op_def_registry.get(node.op) else [parts[1]]
        return values[parts[0]][outputs.index(parts[1]) + int(parts[2])]

    def _run_node(self, node, inputs):
        if node.op == "Const":
            return self.constants[node.name]
        if node.op in ("If", "StatelessIf"):
            branch = "then_branch" if bool(inputs[0]) else "else_branch"
            return self._call(node.attr[branch].func.name, inputs[1:])
        if node.op in ("While", "StatelessWhile"):
            state = inputs
            while bool(self._call(node.attr["cond"].func.name, state)[0]):
                state = self._call(node.attr["body"].func.name, state)
            return state
        if node.op in ("PartitionedCall", "StatefulPartitionedCall"):
            return self._call(node.attr["f"].func.name, inputs)
        if node.op == "Prelu":
            return tf.where(inputs[0] > 0, inputs[0], inputs[1] * inputs[0])
        if node.op.startswith(("_Fused", "Fused")) and not node.op.startswith("FusedBatch"):
            return self._run_fused(node, inputs)
        return self._run_raw(node, node.op, inputs)

    def _run_fused(self, node, inputs):
        plain = {"_FusedConv2D": "Conv2D", "_FusedMatMul": "MatMul",
                 "FusedDepthwiseConv2dNative": "DepthwiseConv2dNative"}[node.op]
        y, more = self._run_raw(node, plain, inputs[:2]), list(inputs[2:])
        for op in (o.decode() for o in node.attr["fused_ops"].list.s):
            if op == "BiasAdd":
                y = tf.nn.bias_add(y, more.pop(0))
            elif op == "Prelu":
                alpha = more.pop(0)
                y = tf.where(y > 0, y, alpha * y)
            elif op == "LeakyRelu":
                y = tf.nn.leaky_relu(y, node.attr["leakyrelu_alpha"].f)
            else:
                y = ACTIVATIONS[op](y)
        return y

    def _run_raw(self, node, op, inputs):
        definition, arguments, position = op_def_registry.get(op), {}, 0
        for arg in definition.input_arg:
            if arg.number_attr or arg.type_list_attr:
                count = node.attr[arg.number_attr].i if arg.number_attr else \
                    len(node.attr[arg.type_list_attr].list.type)
                arguments[arg.name] = list(inputs[position:position + count])
                position += count
            else:
                arguments[arg.name] = inputs[position]
                position += 1
        inferred = {a.type_attr for a in [*definition.input_arg] if a.type_attr}
        inferred |= {a.number_attr for a in definition.input_arg if a.number_attr}
        inferred |= {a.type_list_attr for a in definition.input_arg if a.type_list_attr}
        for attribute in definition.attr:
            if attribute.name in node.attr and attribute.name not in inferred:
                arguments[attribute.name] = attribute_value(node.attr[attribute.name])
        function = getattr(tf.raw_ops, op)
        known = list(inspect.signature(function).parameters)
        # Some are called otherwise in Python, in the same order.
        free = [name for name in known if name not in arguments]
        for name in [name for name in arguments if name not in known]:
            arguments[free.pop(0)] = arguments.pop(name)
        return function(**arguments)


def attribute_value(value):
    kind = value.WhichOneof("value")
    if kind == "list":
        items = value.list
        for field in ("i", "f", "b", "s", "type", "shape"):
            found = list(getattr(items, field))
            if found:
                return [x.decode() if field == "s" else x for x in found]
        return []
    if kind == "type":
        return tf.as_dtype(value.type)
    if kind == "s":
        return value.s.decode()
    if kind == "shape":
        return tf.TensorShape(value.shape)
    return getattr(value, kind)
