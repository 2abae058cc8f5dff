"""See verify_large_model.sh."""

import json
import os
import shutil
import subprocess
import sys
import time

import numpy
import onnx
from onnx import TensorProto, helper

LIMIT = 512 << 20  # bytes beyond mapped files
ALIGNMENT = 4096
WIDTH, HIDDEN = 4096, 16384  # a matrix of 256 MiB


def external(name, shape, location, offset, length):
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape)
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def make(path, gibibytes):
    """Layers of x -> Tanh(x W + b), up and down between the two widths."""
    random = numpy.random.default_rng(0)
    nodes, tensors, value = [], [], "x"
    with open(path + ".data", "wb") as file:
        for layer in range(gibibytes * 4):
            rows, columns = (WIDTH, HIDDEN) if layer % 2 == 0 else (HIDDEN, WIDTH)
            for name, shape in ((f"w{layer}", [rows, columns]), (f"b{layer}", [columns])):
                data = random.standard_normal(shape, dtype=numpy.float32)
                tensors.append(external(name, shape, os.path.basename(path) + ".data", file.tell(), data.nbytes))
                data.tofile(file)
            nodes.append(helper.make_node("Gemm", [value, f"w{layer}", f"b{layer}"], [f"h{layer}"]))
            nodes.append(helper.make_node("Tanh", [f"h{layer}"], [value := f"y{layer}"]))
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, WIDTH])]
    outputs = [helper.make_tensor_value_info(value, TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "large", inputs, outputs, tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)


def memory_beyond_files(process):
    """Bytes, now; 0 where the process has ended."""
    try:
        with open(f"/proc/{process}/status") as status:
            fields = dict(line.split(":", 1) for line in status)
        return sum(int(fields[key].split()[0]) for key in ("RssAnon", "RssShmem")) * 1024
    except (FileNotFoundError, KeyError, ProcessLookupError):
        return 0


def measured(command):
    """Seconds, and the most memory of every 5 milliseconds."""
    started = time.monotonic()
    process = subprocess.Popen(command)
    most = 0
    while process.poll() is None:
        most = max(most, memory_beyond_files(process.pid))
        time.sleep(0.005)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}")
    return time.monotonic() - started, most


def arrays_of_onnx(path):
    """Name, and the bytes in their file."""
    for tensor in onnx.load(path, load_external_data=False).graph.initializer:
        place = {entry.key: entry.value for entry in tensor.external_data}
        if int(place["offset"]) % ALIGNMENT != 0 and not path.endswith("large.onnx"):
            sys.exit(f"{path}: {tensor.name} is at {place['offset']}")
        yield tensor.name, os.path.join(os.path.dirname(path), place["location"]), int(place["offset"]), int(place["length"])


def arrays_of_safetensors(path):
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        yield name, path, 8 + length + begin, end - begin


def check_same(expected, found):
    """Every tensor byte by byte, read without twingrad."""
    expected, found = ({name: rest for name, *rest in arrays} for arrays in (expected, found))
    if expected.keys() != found.keys():
        sys.exit("not the same tensors")
    for name, (path, offset, length) in expected.items():
        other, other_offset, other_length = found[name]
        a = numpy.memmap(path, numpy.uint8, "r", offset, length)
        b = numpy.memmap(other, numpy.uint8, "r", other_offset, other_length)
        if length != other_length or not numpy.array_equal(a, b):
            sys.exit(f"{other}: {name} differs")


def row(what, seconds, size, memory=None):
    text = f"{what:<28}{seconds:8.1f} s{size / seconds / 2**20:8.0f} MiB/s"
    print(text if memory is None else f"{text}{memory / 2**20:8.0f} MiB", flush=True)
    return memory is None or memory <= LIMIT


def main():
    folder, gibibytes, program = os.path.abspath(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    place = os.path.join(folder, "models")
    os.makedirs(place, exist_ok=True)
    path = lambda name: os.path.join(place, name)
    try:
        make(path("large.onnx"), gibibytes)
        size = os.path.getsize(path("large.onnx.data"))
        seconds, _ = measured(["sh", "-c", f"cp '{path('large.onnx.data')}' '{path('copy')}' && sync '{path('copy')}'"])
        row("cp and sync", seconds, size)
        seconds, _ = measured(["cmp", path("large.onnx.data"), path("copy")])
        row("cmp", seconds, size)
        os.remove(path("copy"))
        good = True
        for source, target in (("large.onnx", "b.onnx"), ("large.onnx", "c.json"), ("c.json", "d.onnx")):
            seconds, memory = measured([program, "convert", path(source), path(target)])
            good &= row(f"convert {source} {target}", seconds, size, memory)
            found = arrays_of_onnx(path(target)) if target.endswith("onnx") else arrays_of_safetensors(path("c.safetensors"))
            check_same(arrays_of_onnx(path("large.onnx")), found)
        sys.exit(0 if good else f"more than {LIMIT >> 20} MiB beyond mapped files")
    finally:
        shutil.rmtree(place)


main()
