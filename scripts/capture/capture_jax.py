#!/usr/bin/env python3
"""Records what JAX computes from a model as a bundle for `twingrad check`. See --help."""
import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from capture import options as shared  # noqa: E402
from capture.bundle import Bundle  # noqa: E402
from capture.cases import add_cases  # noqa: E402
from capture.errors import CaptureError, run, short  # noqa: E402

EXAMPLE = """  capture_jax.py model.py:make_mlp --inputs points.npz -o mlp --intermediates \\
      --steps 3 --optimizer adam --set learning_rate=0.001"""
WHAT = """The factory returns (apply, params), where apply(params, input, ...) returns an array, or
a dict, list or tuple of arrays; or (apply, params, state), where apply(params, state, input, ...)
returns (outputs, new state); or a module of flax.linen or flax.nnx. A parameter of apply that is
named rng or key gets a random key, one named training, train or deterministic the mode.
Optimizers are those of optax."""
ENVIRONMENT = {
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}


def main():
    parser = shared.shared_parser("capture_jax.py", "JAX", EXAMPLE)
    parser.description += "\n\n" + WHAT
    options = shared.parse(parser)
    os.environ.update(ENVIRONMENT)
    try:
        import jax
        import onnx  # noqa: F401
        import optax
    except ImportError as error:
        raise CaptureError(f"needs the packages jax, optax, onnx and numpy: {short(error)}"
                           ) from error
    from capture.jax_subject import Subject
    bundle = Bundle("jax", jax.__version__, options.precision, "jax", threads=1,
                    optax=optax.__version__, script="capture_jax.py", factory=options.factory,
                    seed=options.seed)
    add_cases(bundle, Subject(options), options)
    return shared.finish(bundle, options)


if __name__ == "__main__":
    run(main)
