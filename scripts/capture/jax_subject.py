"""A JAX model with its data: what it computes forwards and backwards, and how it trains."""
import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax

from capture import options as shared
from capture.cases import Pass
from capture.errors import CaptureError, short
from capture.jax_export import Export
from capture.jax_flat import (check_custom_functions, depends, flatten, is_float, run,
                              split_random, values_and_gradients)
from capture.jax_model import load_model
from capture.jax_rows import FUNCTIONS
from capture.jax_training import loss_of, make_optimizer
from capture.model_file import onnx_model


def path_name(path):
    """('encoder', 0, 'kernel') -> 'encoder/0/kernel'."""
    parts = [str(getattr(key, "key", getattr(key, "idx", getattr(key, "name", key))))
             for key in path]
    return "/".join(parts[:-1] if parts[-1:] == ["value"] and len(parts) > 1 else parts)


def named_leaves(tree):
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {path_name(path) or "parameter": leaf for path, leaf in leaves}


def named_outputs(result):
    """The arrays that a model returns, by names: the keys of a dict, `output`, `output_1`, ..."""
    if isinstance(result, dict):
        items = list(result.items())
    elif isinstance(result, (list, tuple)):
        items = [(f"output_{i}" if i else "output", item) for i, item in enumerate(result)]
    else:
        items = [("output", result)]
    wrong = [name for name, item in items if not isinstance(item, (jax.Array, np.ndarray))]
    if wrong or not items:
        raise CaptureError(f"the model's output {(wrong or ['output'])[0]} is no array; expected "
                           "an array, or a dict, list or tuple of arrays")
    return {str(name): jnp.asarray(item) for name, item in items}


@dataclasses.dataclass
class Trace:
    """The model of a mode as equations. `draws` make the values of `given` from `keys`; `flat`
    takes the leaves of parameters, state, inputs, and `given`."""
    keys: list
    draws: list
    given: dict  # Variable -> name
    flat: object
    outputs: list  # names
    states: list  # Variables of the state's leaves


class Subject:
    def __init__(self, options):
        self.options = options
        jax.config.update("jax_enable_x64", options.precision == "float64")
        self.all_arrays = shared.read_arrays(options.inputs, options.precision)
        self.model = load_model(options, self.all_arrays)
        self.arrays, self.target = shared.split_target(self.all_arrays, self.model.arguments,
                                                       options.target)
        self.order = [name for name in self.model.arguments if name in self.arrays]
        self.start, self.state = named_leaves(self.model.params), named_leaves(self.model.state)
        self.trained = [name for name, leaf in self.start.items() if is_float(leaf)]
        self.inputs = self.rows(0)[0]
        self.traces = {}

    def rows(self, step):
        """(inputs, target or None) of a step (0, 1, ...)."""
        rows = shared.batch(self.all_arrays, self.options.batch_size, step)
        # Without 64 bits, JAX makes integers of 32.
        return {n: np.asarray(jnp.asarray(rows[n])) for n in self.order}, rows.get(self.target)

    def call(self, params, state, inputs, random, training):
        """(named outputs, new state's leaves) of lists of leaves."""
        model = self.model
        params = jax.tree.unflatten(jax.tree.structure(model.params), params)
        state = jax.tree.unflatten(jax.tree.structure(model.state), state)
        try:
            result, new = model.call(params, state, inputs, random, training)
        except CaptureError:
            raise
        except Exception as error:
            shapes = ", ".join(f"{n} {list(a.shape)}" for n, a in inputs.items())
            raise CaptureError(f"the model called with {shapes}: {short(error)}") from error
        if jax.tree.structure(new) != jax.tree.structure(model.state):
            raise CaptureError("the model's state has another structure after a call")
        return named_outputs(result), jax.tree.leaves(new)

    def trace(self, training):
        if training in self.traces:
            return self.traces[training]
        names = []

        def compute(params, state, inputs, random):
            outputs, new = self.call(params, state, dict(zip(self.order, inputs)), random, training)
            names[:] = outputs
            return list(outputs.values()), new

        random = self.model.random(0)
        closed = jax.make_jaxpr(compute)(
            list(self.start.values()), list(self.state.values()), list(self.inputs.values()),
            random)
        flat = flatten(closed)
        first = len(self.start) + len(self.state)
        keys = flat.inputs[first + len(self.order):]
        draws, given, rest = split_random(flat, keys)
        given = {v: f"random/{i}" for i, v in enumerate(given)}
        self.traces[training] = Trace(keys, draws, given, rest, list(names),
                                      flat.inputs[len(self.start):first])
        return self.traces[training]

    def drawn(self, trace, random):
        """What the model draws: name -> array."""
        known = run(trace.draws, dict(zip(trace.keys, jax.tree.leaves(random))))
        return {name: np.asarray(known[v]) for v, name in trace.given.items()}

    def parameter_arrays(self):
        return {name: np.asarray(self.start[name]) for name in self.trained}

    def state_arrays(self):
        return {name: np.asarray(leaf) for name, leaf in {**self.start, **self.state}.items()}

    def differentiate(self, training, intermediates):
        """The first batch forwards, and backwards from random cotangents."""
        random, seed = self.model.random(self.options.seed), self.options.seed
        moving = [name for name, array in self.inputs.items() if is_float(array)]

        @jax.jit
        def compute(params, inputs, random):
            outputs, new = self.call(list({**self.start, **params}.values()),
                                     list(self.state.values()), {**self.inputs, **inputs}, random,
                                     training)
            return {n: o for n, o in outputs.items() if is_float(o)}, (list(outputs.values()), new)

        params = {name: self.start[name] for name in self.trained}
        chosen, reverse, (outputs, new) = jax.vjp(
            lambda params, inputs: compute(params, inputs, random), params,
            {n: jnp.asarray(self.inputs[n]) for n in moving}, has_aux=True)
        if not chosen:
            raise CaptureError("no output of the model has a gradient")
        outputs = dict(zip(self.trace(training).outputs, map(np.asarray, outputs)))
        seeds = {name: shared.cotangent(value.shape, value.dtype, seed, i)
                 for i, (name, value) in enumerate(outputs.items()) if name in chosen}
        of_params, of_inputs = reverse({n: jnp.asarray(seeds[n]) for n in chosen})
        computed = Pass(
            outputs=outputs, cotangents=seeds,
            gradients={n: np.asarray(g) for n, g in {**of_inputs, **of_params}.items()},
            statistics=dict(zip(self.state, map(np.asarray, new))) if training else {})
        self.look_inside(computed, training, random, intermediates)
        return computed

    def look_inside(self, computed, training, random, intermediates):
        """What needs the equations: random numbers, values inside, functions of the user's own."""
        trace = self.trace(training)
        drawn = self.drawn(trace, random)
        if self.options.model:
            computed.draws = masks(drawn)
            return
        computed.random = drawn
        arguments = [*map(jnp.asarray, self.start.values()), *self.state.values(),
                     *self.inputs.values(), *drawn.values()]
        check_custom_functions(trace.flat, arguments, FUNCTIONS)
        if intermediates:
            seeds = [computed.cotangents.get(n) for n in trace.outputs] + [None] * len(self.state)
            computed.values, computed.value_gradients = values_and_gradients(
                trace.flat, arguments, seeds)

    def export(self, training, computed):
        trace = self.trace(training)
        first = [(name, np.asarray(leaf)) for name, leaf in {**self.start, **self.state}.items()]
        if len(first) != len(self.start) + len(self.state):
            raise CaptureError("a parameter has the name of a part of the state")
        rest = [(name, None) for name in [*self.order, *trace.given.values()]]
        made = Export(trace.flat, dict(zip(trace.flat.inputs, first + rest)), trace.outputs,
                      list(self.state))
        computed.statistics = {made.states[name]: array
                               for name, array in computed.statistics.items()
                               if name in made.states}
        return onnx_model("training.onnx" if training else "inference.onnx", made.proto()), \
            made.values

    def train(self, prediction):
        options = self.options
        optimizer, told = make_optimizer(options.optimizer, options.settings)
        params = {name: jnp.asarray(self.start[name]) for name in self.trained}
        initial = {name: np.asarray(value) for name, value in params.items()}
        state, slots = list(self.state.values()), optimizer.init(params)
        self.check_state()
        gradients_of, update = self.step_functions(optimizer, prediction)
        reached = self.reached(prediction)
        steps = []
        for number in range(1, options.steps + 1):
            inputs, target = self.rows(number - 1)
            random = self.model.random(options.seed + number)
            (loss, state), gradients = gradients_of(params, state, inputs, target, random)
            params, slots = update(params, slots, gradients)
            step = {"inputs": inputs, "target": target, "loss": float(loss),
                    **self.step_draws(random)}
            if shared.is_recorded(number, options):
                step["gradients"] = {n: np.asarray(gradients[n]) for n in reached}
                step["parameters"] = {n: np.asarray(p) for n, p in params.items()}
            steps.append(step)
        return told, steps, initial, {name: np.asarray(value) for name, value in params.items()}

    def step_functions(self, optimizer, prediction):
        options = self.options

        def loss(params, state, inputs, target, random):
            outputs, new = self.call(list({**self.start, **params}.values()), state, inputs, random,
                                     True)
            return loss_of(options.loss, options.reduction, outputs[prediction], target), new

        @jax.jit
        def update(params, slots, gradients):
            updates, slots = optimizer.update(gradients, slots, params)
            return optax.apply_updates(params, updates), slots

        return jax.jit(jax.value_and_grad(loss, has_aux=True)), update

    def reached(self, prediction):
        """The trained parameters on which the loss depends; JAX gives zeros to the others, too."""
        trace = self.trace(True)
        result = trace.flat.results[trace.outputs.index(prediction)]
        return [name for name, v in zip(self.start, trace.flat.inputs)
                if name in self.trained and depends(trace.flat, [v], [result])]

    def step_draws(self, random):
        drawn = self.drawn(self.trace(True), random)
        return {"draws": masks(drawn)} if self.options.model else {"draws": {}, "random": drawn}

    def check_state(self):
        """A run keeps the state that the model begins with."""
        trace = self.trace(True)
        if self.options.steps > 1 and depends(trace.flat, trace.states,
                                              trace.flat.results[:len(trace.outputs)]):
            changed = [v for v, r in zip(trace.states, trace.flat.results[len(trace.outputs):])
                       if v is not r]
            if changed:
                raise CaptureError("the outputs in training depend on a state that changes from "
                                   "step to step, which a bundle cannot say: take --steps 1")


def masks(drawn):
    """What a model of another program has as masks of Dropout nodes."""
    return {name: array for name, array in drawn.items() if array.dtype == np.bool_}
