"""Functions of one element, or of elements at the same place."""
import jax.numpy as jnp
import numpy as np

from capture.errors import CaptureError
from capture.jax_writer import element_type, same_sized


def plain(kind):
    return lambda w, e, xs: w.node(kind, same_sized(w, xs, e.outputs[0].aval.shape))


def by_type(boolean, integer):
    """Bitwise primitives are logical ones of booleans."""
    return lambda w, e, xs: plain(boolean if xs[0].dtype == np.bool_ else integer)(w, e, xs)


def same(w, e, xs):
    return w.read(xs[0])


def log1p(w, e, xs):
    """2 atanh(x / (x + 2)) near zero, where 1 + x would have lost x."""
    x = xs[0]
    zero, one, two, half = (w.number(v, x) for v in (0, 1, 2, 0.5))
    near = w.node("Less", [w.node("Abs", [x]), half])
    small = w.node("Where", [near, x, zero])
    large = w.node("Where", [near, zero, x])
    inner = w.node("Atanh", [w.node("Div", [small, w.node("Add", [small, two])])])
    return w.node("Where", [near, w.node("Mul", [inner, two]),
                            w.node("Log", [w.node("Add", [large, one])])])


def expm1(w, e, xs):
    """tanh(x / 2) * (exp(x) + 1), which loses nothing near zero."""
    x = xs[0]
    half = w.node("Tanh", [w.node("Mul", [x, w.number(0.5, x)])])
    return w.node("Mul", [half, w.node("Add", [w.node("Exp", [x]), w.number(1, x)])])


def exp2(w, e, xs):
    return w.node("Exp", [w.node("Mul", [xs[0], w.number(np.log(2), xs[0])])])


def erfc(w, e, xs):
    return w.node("Sub", [w.number(1, xs[0]), w.node("Erf", [xs[0]])])


def rsqrt(w, e, xs):
    return w.node("Reciprocal", [w.node("Sqrt", [xs[0]])])


def cbrt(w, e, xs):
    x = xs[0]
    root = w.node("Pow", [w.node("Abs", [x]), w.number(1 / 3, x)])
    return w.node("Mul", [w.node("Sign", [x]), root])


def square(w, e, xs):
    return w.node("Mul", [xs[0], xs[0]])


def integer_pow(w, e, xs):
    x, power = xs[0], e.params["y"]
    if power == 2:
        return square(w, e, xs)
    if power == 3:
        return w.node("Mul", [square(w, e, xs), x])
    if power == -1:
        return w.node("Reciprocal", [x])
    return w.node("Pow", [x, w.number(power, x)])


def power(w, e, xs):
    base, exponent = same_sized(w, xs, e.outputs[0].aval.shape)
    if xs[1].dtype != xs[0].dtype:
        exponent = w.cast(exponent, xs[0].dtype)
    return w.node("Pow", [base, exponent])


def is_finite(w, e, xs):
    return w.node("Not", [w.node("Or", [w.node("IsNaN", [xs[0]]), w.node("IsInf", [xs[0]])])])


def rounded(w, e, xs):
    if int(e.params["rounding_method"]) == 1:
        return w.node("Round", xs)
    x = xs[0]  # halves away from zero
    size = w.node("Floor", [w.node("Add", [w.node("Abs", [x]), w.number(0.5, x)])])
    return w.node("Mul", [w.node("Sign", [x]), size])


def remainder(w, e, xs):
    return w.node("Mod", same_sized(w, xs, e.outputs[0].aval.shape), fmod=1)


def select(w, e, xs):
    which, cases = xs[0], xs[1:]
    shape = e.outputs[0].aval.shape
    if which.dtype == np.bool_:
        condition, no, yes = same_sized(w, xs, shape)
        if not any(x.array is None and x.shape == shape for x in xs):
            condition, no, yes = map(w.read, xs)
        return w.node("Where", [condition, yes, no])
    result = w.read(cases[0])
    for number, case in enumerate(cases[1:], 1):
        chosen = w.node("Equal", [which, w.number(number, which)])
        result = w.node("Where", [chosen, case, result])
    return result


def clamp(w, e, xs):
    """Without the ties of Clip: at a bound JAX lets no gradient through."""
    low, x, high = same_sized(w, xs, xs[1].shape)
    inside = w.node("And", [w.node("Greater", [x, low]), w.node("Less", [x, high])])
    bound = w.node("Where", [w.node("LessOrEqual", [x, low]), low, high])
    return w.node("Where", [inside, x, bound])


def converted(w, e, xs):
    kind = np.dtype(e.params["new_dtype"])
    return w.read(xs[0]) if kind == xs[0].dtype else w.cast(xs[0], kind)


def bit_shift(direction):
    def write(w, e, xs):
        if xs[0].dtype.kind != "u":
            raise CaptureError(f"{e.name} of {xs[0].dtype}: ONNX shifts unsigned integers only")
        return w.node("BitShift", same_sized(w, xs, e.outputs[0].aval.shape), direction=direction)
    return write


def reduce_precision(w, e, xs):
    own = jnp.finfo(xs[0].dtype)
    if e.params["exponent_bits"] < own.nexp or e.params["mantissa_bits"] < own.nmant:
        raise CaptureError("reduce_precision to fewer bits than the type has")
    return w.read(xs[0])


def stop_gradient(w, e, xs):
    """The bits as integers and back: no gradient goes through, and nothing is rounded."""
    if not xs[0].is_float:
        return w.read(xs[0])
    bits = np.dtype(f"int{8 * xs[0].dtype.itemsize}")
    there = w.node("BitCast", [xs[0]], to=element_type(bits))
    return w.node("BitCast", [there], to=element_type(xs[0].dtype))


ROWS = {
    "exp": plain("Exp"), "log": plain("Log"), "tanh": plain("Tanh"), "logistic": plain("Sigmoid"),
    "erf": plain("Erf"), "sqrt": plain("Sqrt"), "sin": plain("Sin"), "cos": plain("Cos"),
    "tan": plain("Tan"), "asin": plain("Asin"), "acos": plain("Acos"), "atan": plain("Atan"),
    "sinh": plain("Sinh"), "cosh": plain("Cosh"), "asinh": plain("Asinh"),
    "acosh": plain("Acosh"), "atanh": plain("Atanh"), "neg": plain("Neg"), "abs": plain("Abs"),
    "sign": plain("Sign"), "floor": plain("Floor"), "ceil": plain("Ceil"),
    "log1p": log1p, "expm1": expm1, "exp2": exp2, "erfc": erfc, "rsqrt": rsqrt, "cbrt": cbrt,
    "square": square, "integer_pow": integer_pow, "pow": power, "is_finite": is_finite,
    "round": rounded, "not": by_type("Not", "BitwiseNot"),
    "add": plain("Add"), "add_any": plain("Add"), "add_jaxvals": plain("Add"),
    "sub": plain("Sub"), "mul": plain("Mul"), "div": plain("Div"), "rem": remainder,
    "max": plain("Max"), "min": plain("Min"), "and": by_type("And", "BitwiseAnd"),
    "or": by_type("Or", "BitwiseOr"), "xor": by_type("Xor", "BitwiseXor"),
    "eq": plain("Equal"), "lt": plain("Less"), "le": plain("LessOrEqual"),
    "gt": plain("Greater"), "ge": plain("GreaterOrEqual"),
    "ne": lambda w, e, xs: w.node("Not", [plain("Equal")(w, e, xs)]),
    "select_n": select, "clamp": clamp, "convert_element_type": converted,
    "shift_left": bit_shift("LEFT"), "shift_right_logical": bit_shift("RIGHT"),
    "stop_gradient": stop_gradient, "copy": same, "copy_p": same, "name": same,
    "optimization_barrier": lambda w, e, xs: [w.read(x) for x in xs], "device_put": same,
    "sharding_constraint": same, "reduce_precision": reduce_precision}
