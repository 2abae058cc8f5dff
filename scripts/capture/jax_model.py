"""What a factory may make - (apply, params), (apply, params, state), a flax.linen or a flax.nnx
module - as one kind of thing:

    arguments   names that the model may take as inputs
    params, state   trees of arrays: what is trained, and what a call in training mode replaces
    random(seed)    tree of random keys
    call(params, state, inputs, random, training) -> (result, state)
"""
import inspect
import sys

import jax
import jax.numpy as jnp

from capture import options as shared
from capture.errors import CaptureError, short

RANDOM = ("rng", "key", "rngs", "rng_key", "random_key", "prng_key")
# Parameters that say the mode: name -> whether it is true in training.
MODES = {"training": True, "train": True, "is_training": True, "deterministic": False,
         "inference": False, "eval_mode": False, "use_running_average": False}


def as_tree(tree, precision):
    """Floating-point leaves in the precision; narrower ones were meant to be so."""
    def leaf(x):
        x = jnp.asarray(x)
        wide = x.dtype in (jnp.float32, jnp.float64)
        return x.astype(precision) if wide else x
    return jax.tree.map(leaf, tree)


def arguments_of(function, skip):
    kinds = inspect.Parameter
    parameters = list(inspect.signature(function).parameters.values())[skip:]
    return [p.name for p in parameters
            if p.kind in (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY)]


def mode_arguments(names, training):
    return {name: MODES[name] == training for name in names if name in MODES}


class Functions:
    """A pure function and its trees."""

    def __init__(self, parts, precision):
        apply, params, *state = parts
        self._apply, self._has_state = apply, bool(state)
        self.params = as_tree(params, precision)
        self.state = as_tree(state[0] if state else {}, precision)
        self._names = arguments_of(apply, 1 + self._has_state)
        self._key = next((name for name in self._names if name in RANDOM), None)
        self.arguments = [n for n in self._names if n not in MODES and n not in RANDOM]

    def random(self, seed):
        return jax.random.key(seed) if self._key else ()

    def call(self, params, state, inputs, random, training):
        named = {**inputs, **mode_arguments(self._names, training)}
        if self._key:
            named[self._key] = random
        if not self._has_state:
            return self._apply(params, **named), state
        result = self._apply(params, state, **named)
        if not isinstance(result, tuple) or len(result) != 2:
            raise CaptureError("a function with a state returns (outputs, new state)")
        return result


class Linen:
    """A flax.linen.Module; its collections other than `params` are the state."""

    def __init__(self, module, arrays, precision, seed):
        self._module = module
        self._names = arguments_of(type(module).__call__, 1)
        self.arguments = [n for n in self._names if n not in MODES and n not in RANDOM]
        inputs = {n: jnp.asarray(arrays[n]) for n in self.arguments if n in arrays}
        try:
            variables = dict(module.init(self._keys(jax.random.key(seed)), **inputs,
                                         **mode_arguments(self._names, False)))
        except Exception as error:
            raise CaptureError(f"the module's init: {short(error)}") from error
        self.params = as_tree(variables.pop("params", {}), precision)
        self.state = as_tree(variables, precision)

    def _keys(self, key):
        params, dropout = jax.random.split(key)
        return {"params": params, "dropout": dropout}

    def random(self, seed):
        return jax.random.key(seed)

    def call(self, params, state, inputs, random, training):
        mutable = list(state) if training and state else False
        result = self._module.apply({"params": params, **state}, **inputs,
                                    **mode_arguments(self._names, training),
                                    rngs=self._keys(random), mutable=mutable)
        if not mutable:
            return result, state
        return result[0], {**state, **result[1]}


class Nnx:
    """A flax.nnx.Module; its variables other than nnx.Param are the state."""

    def __init__(self, module, precision):
        from flax import nnx
        self._nnx = nnx
        self._names = arguments_of(type(module).__call__, 1)
        self.arguments = [n for n in self._names if n not in MODES and n not in RANDOM]
        self._graph, params, self._random, state = nnx.split(
            module, nnx.Param, nnx.RngState, ...)
        self.params, self.state = as_tree(params, precision), as_tree(state, precision)

    def random(self, seed):
        def leaf(x):
            typed = jax.dtypes.issubdtype(x.dtype, jax.dtypes.prng_key)
            return jax.random.fold_in(x, seed) if typed else x
        return jax.tree.map(leaf, self._random)

    def call(self, params, state, inputs, random, training):
        nnx = self._nnx
        # Variables belong to the trace that made them; the counters of keys are written to.
        random = jax.tree.map(lambda leaf: leaf, random)
        module = nnx.merge(self._graph, params, random, state)
        module.train() if training else module.eval()
        result = module(**inputs, **mode_arguments(self._names, training))
        return result, nnx.split(module, nnx.Param, nnx.RngState, ...)[3]


def load_model(options, arrays):
    factory = shared.load_factory(options.factory)
    made = factory
    if not is_module(factory) and not isinstance(factory, tuple):
        made = shared.make(factory, options.arguments, options.factory)
    if is_module(made, "flax.linen"):
        return Linen(made, arrays, options.precision, options.seed)
    if is_module(made, "flax.nnx"):
        return Nnx(made, options.precision)
    if isinstance(made, tuple) and len(made) in (2, 3) and callable(made[0]):
        return Functions(made, options.precision)
    raise CaptureError(f"{options.factory} makes a {type(made).__name__}; expected (apply, "
                       "params), (apply, params, state), or a module of flax.linen or flax.nnx")


def is_module(thing, *libraries):
    """Whether it is a flax module; who has one has imported its library."""
    found = [sys.modules[name].Module for name in libraries or ("flax.linen", "flax.nnx")
             if name in sys.modules]
    return any(isinstance(thing, kind) for kind in found)
