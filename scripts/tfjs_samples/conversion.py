"""TensorFlow.js's own converter, as a function; and its files read back."""
import json
import os
import sys
import tempfile
import types

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

# The converter imports this package for a kind of model that is not used here.
sys.modules.setdefault("tensorflow_decision_forests", types.ModuleType("decision_forests"))

import numpy as np  # noqa: E402

for _name in ("object", "bool"):  # gone from NumPy, but not from the converter
    if _name not in vars(np):
        setattr(np, _name, getattr(__import__("builtins"), _name))

from google.protobuf import json_format  # noqa: E402
from tensorflow.core.framework import tensor_pb2  # noqa: E402
from tensorflow.python.framework import tensor_util  # noqa: E402
from tensorflow.python.framework.convert_to_constants import (  # noqa: E402
    convert_variables_to_constants_v2)
from tensorflowjs.converters import converter  # noqa: E402

DTYPES = {"float32": np.float32, "int32": np.int32, "bool": np.bool_, "float16": np.float16,
          "uint8": np.uint8, "uint16": np.uint16}


def converted(save, suffix, arguments):
    """Files of a model that `save(path)` wrote: name -> bytes."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "source" + suffix), os.path.join(folder, "target")
        save(source)
        converter.convert([source, target, *arguments])
        files = {}
        for name in sorted(os.listdir(target)):
            with open(os.path.join(target, name), "rb") as file:
                files[name] = file.read()
        return files


def frozen_as_it_is(concrete):
    """The same of a function, without the converter, which rewrites operators: the form of
    docs/tfjs.md from a frozen graph."""
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    graph, entries, data = frozen.graph.as_graph_def(), [], b""
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    for node in nodes:
        if node.op == "Const":
            value = tensor_util.MakeNdarray(node.attr["value"].tensor)
            value = value.astype(np.int32) if value.dtype == np.int64 else value
            entries.append({"name": node.name, "shape": list(value.shape),
                            "dtype": value.dtype.name})
            data += value.tobytes()
            shape = node.attr["value"].tensor.tensor_shape
            kept = tensor_pb2.TensorProto(dtype=node.attr["value"].tensor.dtype)
            kept.tensor_shape.CopyFrom(shape)
            node.attr["value"].tensor.CopyFrom(kept)
    assert len({e["name"] for e in entries}) == len(entries)
    inputs = {t.name.split(":")[0]: {"name": t.name} for t in frozen.inputs}
    outputs = {t.name.split(":")[0]: {"name": t.name} for t in frozen.outputs}
    model = {"format": "graph-model", "generatedBy": "scripts/record_tfjs.py",
             "signature": {"inputs": inputs, "outputs": outputs},
             "modelTopology": json_format.MessageToDict(graph),
             "weightsManifest": [{"paths": ["weights.bin"], "weights": entries}]}
    return {"model.json": json.dumps(model).encode(), "weights.bin": data}


def compact(files):
    """model.json without what differs from run to run."""
    model = json.loads(files["model.json"])

    def cleaned(value):
        if isinstance(value, dict):
            return {k: cleaned(v) for k, v in value.items() if k != "shared_object_id"}
        return [cleaned(v) for v in value] if isinstance(value, list) else value

    return {**files, "model.json": json.dumps(cleaned(model), separators=(",", ":")).encode()}


def read_weights(files):
    """The weights by name, as the runtime would have them."""
    weights = {}
    for group in json.loads(files["model.json"])["weightsManifest"]:
        data, offset = b"".join(files[path] for path in group["paths"]), 0
        for entry in group["weights"]:
            quantization = entry.get("quantization", {})
            stored = np.dtype(DTYPES[quantization.get("dtype", entry["dtype"])])
            count = int(np.prod(entry["shape"], dtype=np.int64))
            values = np.frombuffer(data, stored, count, offset).reshape(entry["shape"])
            offset += count * stored.itemsize
            if "scale" in quantization:
                values = values.astype(np.float64) * quantization["scale"] + quantization["min"]
                values = np.round(values) if entry["dtype"] == "int32" else values
            weights[entry["name"]] = values.astype(DTYPES[entry["dtype"]])
        assert offset == len(data)
    return weights
