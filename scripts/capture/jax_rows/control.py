"""Loops and branches, whose bodies are graphs that see the values around them."""
import numpy as np
from onnx import helper

from capture.errors import CaptureError
from capture.jax_flat import flatten_all
from capture.jax_writer import Operand, Writer, element_type


def body(w, closed, arguments):
    """(Writer, Operands of the results) of a jaxpr that is called with Operands."""
    from capture.jax_export import convert  # which reads this table
    inner = Writer(w)
    flat = flatten_all(closed)
    return inner, convert(inner, flat, dict(zip(flat.inputs, arguments)))


def graph(w, inner, name, inputs, results):
    """The GraphProto; each result is a value of the graph's own."""
    names = [inner.node("Identity", [r]) for r in results]
    return helper.make_graph(inner.nodes, name, [described(i.name, i) for i in inputs],
                             [described(n, r) for n, r in zip(names, results)])


def described(name, x):
    return helper.make_tensor_value_info(name, element_type(x.dtype), list(x.shape))


def fresh(w, x, name, shape=None):
    """An input of a body, of the type of `x`."""
    return Operand(x.shape if shape is None else shape, x.dtype, w.names.unique(name))


def cond(w, e, xs):
    branches, (which, *rest) = e.params["branches"], xs
    names = choice(w, branches, which, rest, 0, len(e.outputs))
    return names if len(e.outputs) > 1 else [names]


def choice(w, branches, which, rest, number, outputs):
    """Branch `number` or one behind it: an If in the else-branch of an If."""
    if which.dtype == np.bool_:
        condition = w.node("Not", [which])
    else:
        # The first and the last serve whatever lies outside.
        condition = w.node("LessOrEqual", [which, w.number(number, which)])
    graphs = []
    for name, branch in (("then", number), ("else", number + 1)):
        if name == "else" and branch < len(branches) - 1:
            inner = Writer(w)
            got = choice(inner, branches, which, rest, branch, outputs)
            names = got if outputs > 1 else [got]
            kinds = branches[0].out_avals
            results = [Operand(a.shape, a.dtype, n) for a, n in zip(kinds, names)]
        else:
            inner, results = body(w, branches[branch], rest)
        graphs.append(graph(w, inner, name, [], results))
    return w.node("If", [condition], outputs=outputs, then_branch=graphs[0],
                  else_branch=graphs[1])


def scan(w, e, xs):
    p = e.params
    consts, carries, rows = np.split(np.array(xs, object), [
        p["num_consts"], p["num_consts"] + p["num_carry"]])
    carries, rows = list(carries), list(rows)
    if p["length"] == 0:
        raise CaptureError("scan of no rows")
    inside = [fresh(w, c, "carry") for c in carries]
    inside_rows = [fresh(w, r, "row", r.shape[1:]) for r in rows]
    inner, results = body(w, p["jaxpr"], [*consts, *inside, *inside_rows])
    if not rows:  # ONNX counts the turns by what is scanned
        count = Operand((p["length"],), np.int64, array=np.arange(p["length"]))
        rows, inside_rows = [count], [fresh(w, count, "row", ())]
    made = graph(w, inner, "scan", inside + inside_rows, results)
    backwards = {}
    if p["reverse"]:
        backwards["scan_input_directions"] = [1] * len(rows)
        if len(results) > len(carries):
            backwards["scan_output_directions"] = [1] * (len(results) - len(carries))
    names = w.node("Scan", carries + rows, outputs=len(results), body=made,
                   num_scan_inputs=len(rows), **backwards)
    return names if len(results) > 1 else [names]


def while_(w, e, xs):
    p = e.params
    first, second = p["cond_nconsts"], p["cond_nconsts"] + p["body_nconsts"]
    of_condition, of_body, carries = xs[:first], xs[first:second], xs[second:]
    before, (start,) = body(w, p["cond_jaxpr"], [*of_condition, *carries])
    w.nodes.extend(before.nodes)
    turn = Operand((), np.int64, w.names.unique("turn"))
    going = Operand((), np.bool_, w.names.unique("going"))
    inside = [fresh(w, c, "carry") for c in carries]
    inner, results = body(w, p["body_jaxpr"], [*of_body, *inside])
    after, (more,) = body(inner, p["cond_jaxpr"], [*of_condition, *results])
    inner.nodes.extend(after.nodes)
    made = graph(w, inner, "while", [turn, going, *inside], [more, *results])
    names = w.node("Loop", [None, start, *carries], outputs=len(carries), body=made)
    return names if len(carries) > 1 else [names]


ROWS = {"cond": cond, "scan": scan, "while": while_}
