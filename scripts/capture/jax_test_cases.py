"""Small functions of JAX for capture_test.py, so that each row of jax_rows/ has a case."""
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.ad_checkpoint import checkpoint_name
from onnx.helper import tensor_dtype_to_np_dtype
from onnx.reference.op_run import OpRun

from capture.jax_flat import CUSTOM_CALLS, custom_function, flatten_all


class BitCast(OpRun):
    """ONNX's evaluator may be older than the operator."""

    op_domain = ""

    def _run(self, x, to=None):
        return (x.view(tensor_dtype_to_np_dtype(to)),)


MISSING = [BitCast]
# What the evaluator does not run; scripts/verify_capture.sh has it in a model.
NOT_EVALUATED = {"control: scan backwards"}


def primitives(flat):
    """The primitives of a Flat and of the bodies in it."""
    found = set()
    for e in flat.equations:
        found.add(custom_function(e)[0] if e.name in CUSTOM_CALLS else e.name)
        for value in e.params.values():
            for inner in value if isinstance(value, (tuple, list)) else [value]:
                if hasattr(inner, "jaxpr") and e.name in ("cond", "scan", "while"):
                    found |= primitives(flatten_all(inner))
    return found


def normal(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


def unary():
    x = normal(3, 4)
    everywhere = (lax.exp, lax.tanh, lax.logistic, lax.erf, lax.sin, lax.cos, lax.tan, lax.atan,
                  lax.sinh, lax.cosh, lax.asinh, lax.neg, lax.abs, lax.sign, lax.floor, lax.ceil,
                  lax.expm1, lax.exp2, lax.erfc, lax.cbrt, lax.square, lax.is_finite,
                  lax.stop_gradient, jax.nn.relu, jax.nn.softplus, jax.nn.selu, jax.nn.gelu,
                  jax.nn.log_softmax, jnp.round)
    positive = (lax.log, lax.sqrt, lax.rsqrt, lax.log1p)
    cases = {f.__name__: (f, [x]) for f in everywhere}
    cases.update({f.__name__: (f, [np.abs(x) + np.float32(0.1)]) for f in positive})
    cases.update({f.__name__: (f, [np.tanh(x)]) for f in (lax.asin, lax.acos, lax.atanh)})
    cases["acosh"] = lax.acosh, [1 + np.abs(x)]
    tiny = np.float32([-0.9, -0.4, -1e-6, 0, 1e-6, 0.4, 3, 1e6])
    cases["log1p near zero"] = lambda x: lax.log1p(x) * 1e6, [tiny]
    cases["expm1 near zero"] = lambda x: lax.expm1(x) * 1e6, [tiny[:-1]]
    for n in (-2, -1, 2, 3, 5):
        cases[f"integer_pow {n}"] = lambda x, n=n: lax.integer_pow(x, n), [x]
    cases["round away"] = (lambda x: lax.round(x, lax.RoundingMethod.AWAY_FROM_ZERO),
                           [np.float32([-2.5, 0.5, 1.2])])
    cases["convert"] = lambda x: (x.astype(jnp.int32), x > 0, (x > 0).astype(jnp.float32)), [x]
    cases["identities"] = lambda x: (
        jnp.copy(x), lax.optimization_barrier((x, x + 1)), lax.reduce_precision(x, 8, 23),
        lax.with_sharding_constraint(x, jax.sharding.SingleDeviceSharding(jax.devices()[0])),
        jax.device_put(x) * 2, checkpoint_name(x, "kept")), [x]
    return cases


def binary():
    x, y, n = normal(3, 4), normal(3, 4, seed=1), np.arange(12, dtype=np.int32).reshape(3, 4)
    flags, u = x > 0, n.astype(np.uint32)
    cases = {f.__name__: (f, [x, y]) for f in (
        lax.add, lax.sub, lax.mul, lax.div, lax.max, lax.min, lax.rem, lax.eq, lax.ne, lax.lt,
        lax.le, lax.gt, lax.ge, jnp.logaddexp)}
    cases["pow"] = lambda x, y: lax.pow(jnp.abs(x), y), [x, y]
    cases["pow of integers"] = lambda x, n: lax.pow(x, n), [x, n]
    cases["number to a power"] = lambda y: 2.0 ** y, [y]
    cases["booleans"] = lambda a, b: (a & b, a | b, a ^ b, ~a), [flags, y > 0]
    cases["bits"] = lambda a, b: (a & b, a | b, a ^ b, ~a), [n, n.T.reshape(3, 4)]
    cases["shifts"] = lambda u: (u << 3, lax.shift_right_logical(u, jnp.uint32(1))), [u]
    cases["quotient"] = lambda n: (lax.div(n, jnp.int32(5)), lax.rem(n, jnp.int32(5))), [n - 6]
    cases["small with large"] = lambda x: (
        x + jnp.ones((1, 4)) * 3, 1 - x, x * jnp.arange(4.0)), [x]
    cases["scalar with large constant"] = lambda s: s * jnp.ones((3, 4)), [np.float32(2)]
    cases["where"] = lambda c, x: jnp.where(c, x, 0), [flags, x]
    cases["where of constants"] = lambda c: jnp.where(c, 1.0, jnp.arange(4.0)), [flags]
    cases["select of three"] = lambda i, x: lax.select_n(i, x, -x, x * x), [n % 3, x]
    cases["clamp"] = lambda x: lax.clamp(-0.5, x, 0.5), [x]
    cases["sum of gradients"] = jax.grad(lambda x: (jnp.sin(x) * x).sum()), [x]
    return cases


def shapes():
    x = normal(2, 3, 4)
    return {
        "reshape": (lambda x: x.reshape(6, 4), [x]),
        "squeeze": (lambda x: lax.squeeze(x[:, :1], (1,)), [x]),
        "transpose": (lambda x: x.transpose(2, 0, 1), [x]),
        "broadcast": (lambda x: jnp.broadcast_to(x[:, None], (2, 5, 3, 4)), [x]),
        "concatenate": (lambda x: jnp.concatenate([x, x * 2], 1), [x]),
        "slice": (lambda x: x[1:, ::2, 1:3], [x]), "reverse": (lambda x: x[:, ::-1, ::-1], [x]),
        "split": (lambda x: jnp.split(x, [1, 3], axis=2), [x]),
        "pad": (lambda x: lax.pad(x, np.float32(7), ((1, 0, 0), (0, 2, 0), (-1, -1, 0))), [x]),
        "pad between": (lambda x: lax.pad(x, np.float32(7), ((0, 0, 0), (0, 0, 2), (1, -1, 1))),
                        [x])}


def products():
    def convolution(x, k, strides=(1, 1), padding="SAME", **more):
        return lax.conv_general_dilated(x, k, strides, padding,
                                        dimension_numbers=("NHWC", "HWIO", "NHWC"), **more)

    x, k = normal(2, 7, 6, 4), normal(3, 3, 4, 6)
    cases = {f"einsum {e}": (lambda a, b, e=e: jnp.einsum(e, a, b), [normal(*s), normal(*t)])
             for e, s, t in (("ij,jk->ik", (2, 3), (3, 4)), ("bij,jk->bik", (2, 3, 4), (4, 5)),
                             ("bij,bkj->bik", (2, 3, 4), (2, 5, 4)), ("ij,kj->ki", (2, 3), (4, 3)),
                             ("bthw,bshw->bhts", (2, 3, 4, 5), (2, 6, 4, 5)), ("i,i->", (3,), (3,)),
                             ("ij,ij->", (3, 4), (3, 4)), ("i,j->ij", (3,), (4,)),
                             ("i,ij->j", (3,), (3, 4)), ("bij,bj->bi", (2, 3, 4), (2, 4)),
                             ("bhts,bshw,->bthw".replace(",->", "->"), (2, 3, 4, 5), (2, 5, 3, 6)))}
    cases["wider product"] = lambda a, b: lax.dot(a, b, preferred_element_type=jnp.float32), [
        normal(2, 3).astype(np.float16), normal(3, 2).astype(np.float16)]
    cases["convolution"] = convolution, [x, k]
    cases["strides"] = lambda x, k: convolution(x, k, (2, 1), "VALID", rhs_dilation=(1, 2)), [x, k]
    cases["groups"] = lambda x, k: convolution(x, k, feature_group_count=4), [x, normal(3, 3, 1, 8)]
    for padding in ("SAME", "VALID"):
        cases[f"transposed convolution {padding}"] = (
            lambda x, k, p=padding: lax.conv_transpose(
                x, k, (2, 3), p, dimension_numbers=("NHWC", "HWIO", "NHWC")), [x, k])
    return cases


def reductions():
    x = normal(3, 4, 5)
    windows = dict(window_dimensions=(1, 2, 3), window_strides=(1, 2, 1))
    return {
        "sums": (lambda x: (x.sum(1), x.max((0, 2)), x.min(), x.prod(2)), [x]),
        "logical": (lambda x: ((x > 0).any(1), (x > -1).all(1)), [x]),
        "positions": (lambda x: (jnp.argmax(x, 1), jnp.argmin(x, 2)), [x]),
        "running": (lambda x: (jnp.cumsum(x, 1), lax.cumprod(x, 2, reverse=True)), [x]),
        "windows": (lambda x: (
            lax.reduce_window(x, -jnp.inf, lax.max, padding="SAME", **windows),
            lax.reduce_window(x, jnp.inf, lax.min, padding="VALID", **windows),
            lax.reduce_window(x, 0.0, lax.add, padding="SAME", **windows)), [x]),
        "pool": (lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1),
                                             "VALID"), [normal(2, 4, 6, 3)]),
        "order": (lambda x: (lax.top_k(x, 2), jnp.sort(x, 1),
                             lax.sort_key_val(x, jnp.sin(x), 1)), [x])}


def indexing():
    x, i = normal(4, 5, 6), np.int32([[1, 3, 0], [2, 2, 1]])
    return {
        "rows": (lambda x, i: x[i], [x, i]), "columns": (lambda x, i: x[:, i], [x, i]),
        "take": (lambda x, i: jnp.take(x, i, axis=2), [x, i]),
        "clipped": (lambda x, i: jnp.take(x, i + 3, axis=1, mode="clip"), [x, i]),
        "pairs": (lambda x, i: x[i, i + 1], [x, i]),
        "pairs apart": (lambda x, i: x[i, :, i + 1], [x, i]),
        "one": (lambda x, n: x[n], [x, np.int32(2)]),
        "one of the last": (lambda x, n: x[..., n], [x, np.int32(-2)]),
        "along": (lambda x, i: jnp.take_along_axis(x[:2, :3], i[:, :, None], 2), [x, i]),
        "slice": (lambda x, n: lax.dynamic_slice(x, (n, 1, n), (2, 3, 2)), [x, np.int32(1)]),
        "slice beyond": (lambda x, n: lax.dynamic_slice_in_dim(x, n, 3, 1), [x, np.int32(9)]),
        "update": (lambda x, n: lax.dynamic_update_slice(x, x[:2, :2] * 9, (n, n, 0)),
                   [x, np.int32(1)]),
        "set": (lambda x, i: x.at[:, 2].set(0).at[i[0]].set(7), [x, i]),
        "add": (lambda x, i: x.at[i].add(1).at[:, :, i[0]].add(2), [x, i]),
        "multiply": (lambda x, i: x.at[i[0], i[0] + 1].multiply(3), [x, i])}


def control():
    x = normal(4, 3)

    def turn(carry, row):
        h, count = carry
        h = jnp.tanh(h + row)
        return (h, count + 1), (h * 2, row.sum())

    start = (jnp.zeros(3), jnp.int32(0))
    return {
        "scan": (lambda x: lax.scan(turn, start, x), [x]),
        "scan backwards": (lambda x: lax.scan(turn, start, x, reverse=True), [x]),
        "scan of nothing": (lambda x: lax.fori_loop(0, 3, lambda i, a: a * 2 + i, x), [x]),
        "cond": (lambda x: lax.cond(x.sum() > 0, lambda a: a * 2, jnp.sin, x), [x]),
        "switch": (lambda i, x: [lax.switch(i + k, [jnp.sin, jnp.cos, jnp.tanh], x)
                                 for k in range(-2, 4)], [np.int32(0), x]),
        "while": (lambda x: lax.while_loop(lambda c: c[0].sum() < 9, lambda c: (
            c[0] + jnp.abs(x), c[1] + 1), (x, 0)), [x])}


def cases():
    return {f"{family.__name__}: {name}": case for family in (
        unary, binary, shapes, products, reductions, indexing, control)
        for name, case in family().items()}
