"""Primitive of JAX -> function (Writer, Equation, Operands) that writes ONNX nodes, and returns the
name of the result, or a list of names. A family a file."""
from capture.jax_rows import control, elementwise, indexing, products, reductions, shapes

FAMILIES = (elementwise, shapes, products, reductions, indexing, control)
ROWS = {name: row for family in FAMILIES for name, row in family.ROWS.items()}

# Functions with a derivative of their own that are one node, and not what they are written with:
# JAX's relu has the derivative 0 at 0, its max has 1/2.
FUNCTIONS = {"relu": lambda w, e, xs: w.node("Relu", xs)}

# Names that other versions of JAX have for a primitive that has a case under its present one.
SPELLINGS = {"copy_p", "add_jaxvals", "scatter_add", "scatter_mul", "expand_dims"}
