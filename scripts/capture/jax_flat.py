"""A jaxpr as one list of equations: what is called (jit, remat, ...) is written out where it is
called, and what no result depends on is left out.

The capture walks this list twice: with numbers, to record values inside of the model and their
gradients, and with names, to write ONNX nodes (jax_export.py). A value is known by its Variable.
"""
import dataclasses

import jax
import numpy as np
from jax.extend import core

from capture.errors import CaptureError, short

# Primitive -> the parameter that has the function which is called.
CALLS = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "core_call": "call_jaxpr",
         "remat": "jaxpr", "remat2": "jaxpr", "checkpoint": "jaxpr", "custom_lin": None}
# These have derivatives of their own, and stay equations.
CUSTOM_CALLS = {"custom_jvp_call": "call_jaxpr", "custom_vjp_call": "call_jaxpr",
                "custom_vjp_call_jaxpr": "fun_jaxpr"}


class Variable:
    """A value, by its identity; `aval` has its shape and element type."""

    def __init__(self, aval):
        self.aval = aval


@dataclasses.dataclass
class Equation:
    """`inputs`: Variables, or numpy arrays of what is constant. `jaxpr` is where it stood."""
    original: object
    inputs: list
    outputs: list
    scope: str
    jaxpr: object

    @property
    def name(self):
        return self.original.primitive.name

    @property
    def params(self):
        return self.original.params

    def bind(self, values):
        """The results of the primitive of `values`, as a list."""
        given = {v: value for v, value in zip(self.original.invars, values)
                 if not isinstance(v, core.Literal)}
        alone = core.Jaxpr((), list(given), self.original.outvars, [self.original],
                           debug_info=self.jaxpr.debug_info.with_unknown_names())
        return core.jaxpr_as_fun(core.ClosedJaxpr(alone, ()))(*given.values())


@dataclasses.dataclass
class Flat:
    """`results` may be arrays too: what a model returns may be constant."""
    inputs: list
    equations: list
    results: list


def flatten(closed):
    """A ClosedJaxpr as a Flat."""
    inputs = [Variable(v.aval) for v in closed.jaxpr.invars]
    equations = []
    results = write_out(closed, inputs, "", equations)
    return Flat(inputs, live(equations, results), results)


def write_out(closed, arguments, scope, equations):
    """Adds the equations of a jaxpr that is called with `arguments`; returns its results."""
    if not hasattr(closed, "consts"):
        closed = core.ClosedJaxpr(closed, [])
    known = dict(zip(closed.jaxpr.constvars, map(constant, closed.consts)))
    known.update(zip(closed.jaxpr.invars, arguments))

    def read(v):
        return np.asarray(v.val, v.aval.dtype) if isinstance(v, core.Literal) else known[v]

    for original in closed.jaxpr.eqns:
        inputs = [read(v) for v in original.invars]
        place = scope_of(scope, original)
        if original.primitive.name in CALLS:
            called = original.params[CALLS[original.primitive.name] or "jaxpr"]
            known.update(zip(original.outvars, write_out(called, inputs, place, equations)))
            continue
        outputs = [Variable(v.aval) for v in original.outvars]
        known.update(zip(original.outvars, outputs))
        equations.append(Equation(original, inputs, outputs, place, closed.jaxpr))
    return [read(v) for v in closed.jaxpr.outvars]


def scope_of(outer, original):
    """Where an equation was written: the modules and jax.named_scopes around it."""
    own = str(original.source_info.name_stack)
    return "/".join(part for part in (outer, own) if part)


def constant(value):
    if hasattr(value, "dtype") and jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key):
        return value
    return np.asarray(value)


def live(equations, results):
    """The equations on which a result depends."""
    wanted = {v for v in results if isinstance(v, Variable)}
    kept = []
    for equation in reversed(equations):
        if wanted.intersection(equation.outputs):
            wanted.update(v for v in equation.inputs if isinstance(v, Variable))
            kept.append(equation)
    return kept[::-1]


def depends(flat, sources, results):
    """Whether one of `results` depends on one of `sources`."""
    found = set(sources)
    for equation in flat.equations:
        if any(isinstance(v, Variable) and v in found for v in equation.inputs):
            found.update(equation.outputs)
    return any(isinstance(v, Variable) and v in found for v in results)


def is_float(aval):
    return jax.numpy.issubdtype(aval.dtype, jax.numpy.floating)


def split_random(flat, sources):
    """What depends on the random keys `sources` and on constants alone is no part of a model, which
    takes its random numbers as inputs: (equations that draw, Variables that they give to the model,
    Flat of the rest)."""
    drawn, constants, draws, rest = set(sources), set(), [], []
    for equation in flat.equations:
        inputs = {v for v in equation.inputs if isinstance(v, Variable)}
        if inputs <= constants:
            constants.update(equation.outputs)
            draws.append(equation)
            rest.append(equation)
        elif inputs <= drawn | constants:
            drawn.update(equation.outputs)
            draws.append(equation)
        else:
            rest.append(equation)
    rest = live(rest, flat.results)
    given = dict.fromkeys(v for e in rest for v in e.inputs if isinstance(v, Variable)
                          and v in drawn)
    given.update(dict.fromkeys(v for v in flat.results if isinstance(v, Variable) and v in drawn))
    for v in given:
        if jax.dtypes.issubdtype(v.aval.dtype, jax.dtypes.prng_key) or v in sources:
            users = sorted({e.name for e in rest if any(v is i for i in e.inputs)})
            place = ", ".join(users) or "its results"
            raise CaptureError(f"random numbers are drawn inside of {place}: draw them before, or "
                               "take them as inputs")
    inputs = [v for v in flat.inputs if v not in drawn] + list(given)
    return live(draws, given), list(given), Flat(inputs, rest, flat.results)


def run(equations, known, after=lambda variable, value: value):
    """Computes the equations one by one; `known`: Variable -> value, which gets all others too.
    `after` may replace a value."""
    for equation in equations:
        values = [known[v] if isinstance(v, Variable) else v for v in equation.inputs]
        for variable, value in zip(equation.outputs, equation.bind(values)):
            known[variable] = after(variable, value)
    return known


def custom_function(equation):
    """(name, jaxpr) of a function with a derivative of its own."""
    closed = equation.params[CUSTOM_CALLS[equation.name]]
    name = equation.params.get("name") or getattr(closed.jaxpr.debug_info, "func_name", None)
    return name or "a function", closed


def values_and_gradients(flat, arguments, cotangents):
    """All floating-point values that equations make, and their gradients: Variable -> array, twice.
    `cotangents` are of the results; None where a result has no gradient."""
    inside = [v for e in flat.equations for v in e.outputs if is_float(v.aval)]
    zeros = [np.zeros(v.aval.shape, v.aval.dtype) for v in inside]
    values = {}

    def compute(probes):
        shift = dict(zip(inside, probes))

        def after(variable, value):
            return value + shift[variable] if variable in shift else value

        known = run(flat.equations, dict(zip(flat.inputs, arguments)), after)
        return ([known[r] for r, c in zip(flat.results, cotangents)
                 if c is not None and isinstance(r, Variable)], [known[v] for v in inside])

    try:
        (results, found), reverse = jax.vjp(compute, zeros)
    except Exception as error:
        raise CaptureError(f"the values inside of the model: {short(error)}") from error
    values.update(zip(inside, map(np.asarray, found)))
    seeds = [c for r, c in zip(flat.results, cotangents)
             if c is not None and isinstance(r, Variable)]
    gradients = reverse((seeds, [np.zeros_like(f) for f in found]))[0]
    return values, dict(zip(inside, map(np.asarray, gradients)))


def check_custom_functions(flat, arguments, names):
    """Fails where the derivative that a function defines for itself is not that of what it
    computes: ONNX has only the latter. `names` are functions that are nodes by themselves."""
    known = run(flat.equations, dict(zip(flat.inputs, arguments)))
    for equation in flat.equations:
        if equation.name not in CUSTOM_CALLS or custom_function(equation)[0] in names:
            continue
        name, closed = custom_function(equation)
        values = [known[v] if isinstance(v, Variable) else v for v in equation.inputs]
        moving = [i for i, v in enumerate(equation.inputs)
                  if isinstance(v, Variable) and is_float(v.aval)]
        own = probe(lambda *x, e=equation: e.bind(list(x)), values, moving)
        inner = flatten_all(closed)
        plain = probe(lambda *x, f=inner: results_of(f, x), values, moving)
        for a, b in zip(own, plain):
            if np.linalg.norm(a - b) > 1e-2 * max(np.linalg.norm(b), np.linalg.norm(a)):
                raise CaptureError(
                    f"{name} defines a derivative which is not that of what it computes; an ONNX "
                    "model cannot say so: give a model with --model, or leave it out")


def probe(function, values, moving):
    """Gradients of values[i], i in `moving`, for fixed random cotangents."""
    def compute(chosen):
        full = list(values)
        for i, v in zip(moving, chosen):
            full[i] = v
        return [r for r in function(*full) if is_float(r)]

    results, reverse = jax.vjp(compute, [values[i] for i in moving])
    generator = np.random.default_rng(0)
    seeds = [np.asarray(generator.standard_normal(r.shape), r.dtype) for r in results]
    return [np.asarray(g, np.float64) for g in reverse(seeds)[0]]


def flatten_all(closed):
    """A jaxpr with the functions that have derivatives of their own written out as well."""
    flat = flatten(closed)
    equations, known = [], {}

    def read(v):
        return known.get(v, v) if isinstance(v, Variable) else v

    for e in flat.equations:
        inputs = [read(v) for v in e.inputs]
        if e.name in CUSTOM_CALLS:
            inner = flatten_all(custom_function(e)[1])
            known.update(zip(inner.inputs, inputs))
            for i in inner.equations:
                equations.append(dataclasses.replace(i, inputs=[read(v) for v in i.inputs]))
            known.update(zip(e.outputs, [read(r) for r in inner.results]))
        else:
            equations.append(dataclasses.replace(e, inputs=inputs))
    return Flat(flat.inputs, equations, [read(r) for r in flat.results])


def results_of(flat, arguments):
    known = run(flat.equations, dict(zip(flat.inputs, arguments)))
    return [known[r] if isinstance(r, Variable) else r for r in flat.results]
