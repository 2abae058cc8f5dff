"""Runs code that `twingrad convert` wrote and compares it with a reference bundle.

    python verify_source.py FRAMEWORK CODE.py BUNDLE [MODEL]

FRAMEWORK is pytorch, tensorflow, keras or jax. Every case of the bundle (with MODEL: of that model file) is
a line of the table: outputs, and the gradients of all inputs and parameters under the recorded
cotangents. A difference is measured against the largest element of its tensor; where a gradient is
zero in truth, against the largest gradient of the case. Exit code 0: all agree; 1: some do not; 3:
the framework is not installed; 4: the code does not run.
"""

import importlib.util
import json
import sys
import traceback
from pathlib import Path

try:
    import numpy as np
    from safetensors.numpy import load_file
except ImportError as missing:
    print(f"not installed: {missing}")
    sys.exit(3)

# Attributes of models have 32 bits; frameworks have what was meant, as doubles.
TOLERANCE = {"float64": 1e-7, "float32": 1e-5}
# Of the largest gradient: rounding noise of a gradient that is zero, in units of its tolerance.
NOISE = 0.1


def import_file(path):
    """The module in a file, whatever its name."""
    spec = importlib.util.spec_from_file_location("generated", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TorchSubject:
    """Code for PyTorch."""

    def __init__(self, code, training):
        import torch

        self.torch = torch
        torch.set_num_threads(1)
        self.code = code
        self.model = code.load_weights(code.Model()).train(training)

    def drop(self, masks):
        """Makes Dropout use the masks, in the order of the calls; without any it does not drop."""

        def forward(layer, x):
            if not layer.training or not masks:
                return x
            return x * self.torch.from_numpy(masks.pop(0)) / (1 - layer.p)

        self.torch.nn.Dropout.forward = forward

    def run(self, inputs, cotangents):
        torch = self.torch
        tensors = [torch.from_numpy(value) for value in inputs]
        for tensor in tensors:
            tensor.requires_grad_(tensor.is_floating_point())
        outputs = self.model(*tensors)
        outputs = (outputs,) if torch.is_tensor(outputs) else outputs
        seeds = [(y, c) for y, c in zip(outputs, cotangents) if c is not None and y.requires_grad]
        seeded = [(y, torch.from_numpy(c)) for y, c in seeds]
        if seeded:
            torch.autograd.backward(*zip(*seeded))
        grads = {name: t.grad for name, t in zip(self.code.INPUTS, tensors)}
        grads |= {name: p.grad for name, p in self.model.named_parameters()}
        grads = {name: None if g is None else g.numpy() for name, g in grads.items()}
        constants = {name for name, _ in self.model.named_buffers()}
        return [y.detach().numpy() for y in outputs], grads, constants


class JaxSubject:
    """Code for JAX."""

    def __init__(self, code, training):
        import jax

        self.jax = jax
        self.code = code
        self.training = training
        self.params, self.state = code.load_weights()
        if hasattr(code, "init"):
            self.check_init(code.init(jax.random.key(0)))
        self.masks = []

    def check_init(self, fresh):
        """What init() makes has the places, shapes and types of what the file has."""
        kind = lambda leaf: (leaf.shape, leaf.dtype)
        tree = self.jax.tree.map(kind, (self.params, self.state))
        if self.jax.tree.map(kind, fresh) != tree:
            raise ValueError("init() makes other trees than load_weights()")
        for leaf in self.jax.tree.leaves(fresh):
            if not np.all(np.isfinite(leaf)):
                raise ValueError("init() makes what is not finite")

    def drop(self, masks):
        def dropout(x, ratio, train, key):
            if not train or not masks:
                return x
            return x * masks.pop(0) / (1 - ratio)

        self.code.dropout = dropout

    def run(self, inputs, cotangents):
        jax = self.jax
        floats = [i for i, x in enumerate(inputs) if np.issubdtype(x.dtype, np.floating)]

        def forward(params, values):
            given = list(inputs)
            for i, value in zip(floats, values):
                given[i] = value
            mode = {"train": self.training, "key": jax.random.key(0)}
            outputs, _ = self.code.apply(params, self.state, *given, **mode)
            return outputs if isinstance(outputs, tuple) else (outputs,)

        outputs, pull = jax.vjp(forward, self.params, [inputs[i] for i in floats])
        seeds = tuple(
            self.zero_seed(y) if c is None else np.asarray(c, y.dtype)
            for y, c in zip(outputs, cotangents)
        )
        params, values = pull(seeds)
        grads = {self.code.INPUTS[i]: np.asarray(g) for i, g in zip(floats, values)}
        grads |= self.named(params)
        return [np.asarray(y) for y in outputs], grads, set(self.named(self.state))

    def zero_seed(self, y):
        if np.issubdtype(y.dtype, np.floating):
            return np.zeros(y.shape, y.dtype)
        return np.zeros(y.shape, self.jax.dtypes.float0)

    def named(self, tree):
        leaves, _ = self.jax.tree_util.tree_flatten_with_path(tree)
        key = lambda entry: str(getattr(entry, "key", getattr(entry, "idx", "")))
        return {".".join(map(key, path)): np.asarray(leaf) for path, leaf in leaves}


class TensorflowSubject:
    """Code for TensorFlow."""

    def __init__(self, code, training):
        import tensorflow

        self.tf = tensorflow
        self.code = code
        self.training = training
        self.model = code.Model(code.load_weights())

    def drop(self, masks):
        def dropout(x, ratio, training):
            if not training or not masks:
                return x
            return x * self.tf.cast(masks.pop(0), x.dtype) / (1 - ratio)

        self.code.dropout = dropout

    def run(self, inputs, cotangents):
        tf = self.tf
        tensors = [tf.constant(value) for value in inputs]
        variables = dict(self.named(self.model.params))
        trained = {name: v for name, v in variables.items() if v.trainable}
        watched = {n: t for n, t in zip(self.code.INPUTS, tensors) if t.dtype.is_floating}
        with tf.GradientTape() as tape:
            tape.watch(list(watched.values()))
            outputs = self.model(*tensors, training=self.training)
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        seeded = [(y, tf.constant(c)) for y, c in zip(outputs, cotangents) if c is not None]
        sources = watched | trained
        grads = {}
        if seeded:
            targets, seeds = zip(*seeded)
            grads = dict(zip(sources, tape.gradient(targets, list(sources.values()), seeds)))
        grads = {n: None if g is None else tf.convert_to_tensor(g).numpy() for n, g in grads.items()}
        return [y.numpy() for y in outputs], grads, set(variables) - set(trained)

    def named(self, tree, path=""):
        for name, entry in tree.items():
            if isinstance(entry, self.tf.Variable):
                yield path + name, entry
            else:
                yield from self.named(entry, path + name + ".")


class KerasSubject:
    """Code for Keras: its gradients are turned to the axes that the weights have in the file."""

    def __init__(self, code, training):
        import keras
        import tensorflow

        self.keras = keras
        self.tf = tensorflow
        self.code = code
        self.training = training
        self.model = code.load_weights(code.Model())

    def drop(self, masks):
        """Makes Dropout use the masks, in the order of the calls; without any it does not drop."""

        def call(layer, x, training=False):
            if not training or not masks:
                return x
            return x * self.tf.cast(masks.pop(0), x.dtype) / (1 - layer.rate)

        self.keras.layers.Dropout.call = call

    def run(self, inputs, cotangents):
        tf = self.tf
        tensors = [tf.constant(value) for value in inputs]
        weights = dict(self.weights())
        trained = {path: variable for path, (variable, _) in weights.items() if variable.trainable}
        watched = {n: t for n, t in zip(self.code.INPUTS, tensors) if t.dtype.is_floating}
        with tf.GradientTape() as tape:
            tape.watch(list(watched.values()))
            outputs = self.model(*tensors, training=self.training)
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        seeded = [(y, tf.constant(c)) for y, c in zip(outputs, cotangents) if c is not None]
        sources = watched | {path: variable.value for path, variable in trained.items()}
        grads = {}
        if seeded:
            targets, seeds = zip(*seeded)
            grads = dict(zip(sources, tape.gradient(targets, list(sources.values()), seeds)))
        grads = {n: None if g is None else tf.convert_to_tensor(g).numpy() for n, g in grads.items()}
        for path in trained:
            if grads.get(path) is not None:
                grads[path] = weights[path][1](grads[path])
        return [y.numpy() for y in outputs], grads, set(weights) - set(trained)

    def weights(self):
        """For each path the variable, and what gives its gradient the axes of the weight."""
        names = getattr(self.code, "WEIGHT_NAMES", {})
        for name, value in load_file(self.code.WEIGHTS).items():
            path = names.get(name, name)
            variable, is_turned = self.code.variable_of(self.model, path)
            yield path, (variable, self.as_stored(value.shape, is_turned))

    @staticmethod
    def as_stored(shape, is_turned):
        if not is_turned:
            return lambda grad: grad.reshape(shape)
        rank = len(shape)
        turned = (*shape[2:], shape[1], shape[0])
        return lambda grad: grad.reshape(turned).transpose(rank - 1, rank - 2, *range(rank - 2))


def subject_of(framework, code):
    """The code for TensorFlow is a keras.Model where the model is layers."""
    if framework == "pytorch":
        return TorchSubject
    if framework == "jax":
        return JaxSubject
    return KerasSubject if hasattr(code, "variable_of") else TensorflowSubject


class Comparison:
    """The differences of one case."""

    def __init__(self, precision):
        self.tolerance = TOLERANCE[precision]
        self.worst = 0.0
        self.failures = []
        self.counts = {"outputs": 0, "gradients": 0, "constants": 0}

    def add(self, kind, name, expected, found, floor=0.0):
        if found is None:
            found = np.zeros_like(expected)
        if expected.shape != found.shape or expected.dtype != found.dtype:
            self.fail(kind, name, f"{found.dtype}{found.shape} for {expected.dtype}{expected.shape}")
            return
        self.counts[kind] += 1
        if expected.size == 0:
            return
        if not np.issubdtype(expected.dtype, np.floating):
            if not np.array_equal(expected, found):
                self.fail(kind, name, "differs")
            return
        scale = max(np.max(np.abs(expected)), floor)
        error = np.max(np.abs(expected - found))
        relative = error / scale if scale > 0 else error
        self.worst = max(self.worst, relative)
        if not relative <= self.tolerance:
            self.fail(kind, name, f"differs by {relative:.1e} of its largest element")

    def fail(self, kind, name, what):
        self.failures.append(f"{kind[:-1]} {name}: {what}")


def mask_of(code, name, mask):
    """The mask, with its channels where the code has them."""
    return np.moveaxis(mask, 1, -1) if name in getattr(code, "CHANNELS_LAST", ()) else mask


def compare_case(subject_class, code, case, tensors):
    tensor = lambda entries, name: tensors[entries[name]] if entries.get(name) else None
    inputs = [tensor(case["inputs"], name) for name in code.INPUTS]
    cotangents = case.get("cotangents", {})
    outputs = case.get("outputs", {})
    subject = subject_class(code, case.get("training", False))
    draws = case.get("draws", {})
    masks = {name: mask_of(code, name, tensor(draws, name)) for name in draws}
    subject.drop([masks[name] for name in getattr(code, "DRAWS", ()) if name in masks])
    found, grads, constants = subject.run(inputs, [tensor(cotangents, n) for n in code.OUTPUTS])
    floats = [t for t in list(inputs) + found if np.issubdtype(t.dtype, np.floating)]
    result = Comparison("float64" if floats[0].dtype == np.float64 else "float32")
    for name, value in zip(code.OUTPUTS, found):
        if outputs.get(name):
            result.add("outputs", name, tensor(outputs, name), value)
    expected = case.get("gradients", {})
    known = [tensors[key] for key in expected.values() if key]
    floor = NOISE * max((np.max(np.abs(t)) for t in known if t.size), default=0.0)
    paths = getattr(code, "WEIGHT_NAMES", {})
    for name, key in expected.items():
        path = name if name in code.INPUTS else paths.get(name, name)
        if path in constants:
            result.counts["constants"] += 1
        elif path in grads:
            if key:
                result.add("gradients", name, tensors[key], grads[path], floor)
            elif grads[path] is not None and np.any(grads[path] != 0):
                result.fail("gradients", name, "the reference has none")
        elif name in code.OUTPUTS or "/" in name or "::" in name:
            pass  # an intermediate value
        else:
            result.fail("gradients", name, "no such parameter")
    return result


def main(framework, path, bundle, model=None):
    try:
        code = import_file(path)
    except ImportError as error:
        print(f"{framework}: not installed: {error}")
        return 3
    manifest = json.loads((Path(bundle) / "manifest.json").read_text())
    tensors = load_file(Path(bundle) / "tensors.safetensors")
    failed = False
    for case in manifest["cases"]:
        if model is not None and case["model"] != model:
            continue
        try:
            result = compare_case(subject_of(framework, code), code, case, tensors)
        except Exception:
            traceback.print_exc()
            return 4
        verdict = "FAILED" if result.failures else "ok"
        counts = result.counts
        print(
            f"{framework:10} {case['name']:36} {counts['outputs']:2} outputs "
            f"{counts['gradients']:4} gradients {counts['constants']:3} constants  "
            f"worst {result.worst:.1e}  {verdict}"
        )
        for failure in result.failures:
            print(f"    {failure}")
        failed = failed or bool(result.failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
