"""Writes the small functions of jax_test_cases.py as a bundle, with their gradients, so that
`twingrad check` holds each row of jax_rows/ to JAX. Usage: jax_cases_bundle.py BUNDLE"""
import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import numpy as np  # noqa: E402

from capture import jax_export, jax_flat, jax_test_cases, options  # noqa: E402
from capture.bundle import Bundle  # noqa: E402
from capture.errors import run  # noqa: E402
from capture.model_file import onnx_model  # noqa: E402

# Central differences see through stop_gradient; JAX goes through `while` forwards only.
WITHOUT_GRADIENT = {"unary: stop_gradient", "control: while"}


def is_float(array):
    return array.dtype.kind == "f"


def gradients(function, arguments, seeds):
    """Gradients of the floating-point arguments: number -> array."""
    moving = [i for i, a in enumerate(arguments) if is_float(a)]

    def compute(chosen):
        full = list(map(jax.numpy.asarray, arguments))
        for i, value in zip(moving, chosen):
            full[i] = value
        return [r for r in jax.tree.leaves(function(*full)) if is_float(r)]

    reverse = jax.vjp(compute, [jax.numpy.asarray(arguments[i]) for i in moving])[1]
    return dict(zip(moving, map(np.asarray, reverse(list(map(jax.numpy.asarray, seeds)))[0])))


def add_case(bundle, name, function, arguments):
    arguments = [np.asarray(jax.numpy.asarray(a)) for a in arguments]
    results = list(map(np.asarray, jax.tree.leaves(function(*map(jax.numpy.asarray, arguments)))))
    flat = jax_flat.flatten(jax.make_jaxpr(lambda *a: jax.tree.leaves(function(*a)))(*arguments))
    inputs, outputs = ([f"{letter}{i}" for i in range(len(values))]
                       for letter, values in (("x", flat.inputs), ("y", results)))
    known = {v: (x, None) for v, x in zip(flat.inputs, inputs)}
    key = "".join(c if c.isalnum() else "-" for c in name)
    model = onnx_model(f"{key}.onnx", jax_export.Export(flat, known, outputs, []).proto())
    roles = {}
    smooth = any(map(is_float, arguments)) and any(map(is_float, results))
    if smooth and name not in WITHOUT_GRADIENT:
        seeds = {y: options.cotangent(r.shape, r.dtype, 0, i)
                 for i, (y, r) in enumerate(zip(outputs, results)) if is_float(r)}
        found = gradients(function, arguments, seeds.values())
        roles = {"cotangents": seeds, "gradients": {inputs[i]: g for i, g in found.items()}}
    bundle.add_case(key, bundle.add_model(model.path, model.data),
                    inputs=dict(zip(inputs, arguments)), outputs=dict(zip(outputs, results)),
                    **roles)


def main():
    bundle = Bundle("jax", jax.__version__, "float32", "jax", threads=1)
    for name, (function, arguments) in jax_test_cases.cases().items():
        add_case(bundle, name, function, arguments)
    bundle.write(sys.argv[1], replace=True)
    return 0


if __name__ == "__main__":
    run(main)
