"""ONNX nodes in the making, for the rows of jax_rows/."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from capture.errors import CaptureError


class Operand:
    """What an equation reads or makes: a value of the graph (`name`), or a constant (`array`)."""

    def __init__(self, shape, dtype, name=None, array=None):
        self.shape, self.dtype, self.name, self.array = tuple(shape), np.dtype(dtype), name, array

    @property
    def rank(self):
        return len(self.shape)

    @property
    def is_float(self):
        return element_type(self.dtype) in FLOATS


FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)


def element_type(dtype):
    try:
        return helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    except (KeyError, TypeError, ValueError) as error:
        raise CaptureError(f"an ONNX model cannot hold elements of type {dtype}") from error


def constant_operand(array):
    return Operand(array.shape, array.dtype, array=array)


def compressed(array):
    """The same elements with extents of 1 where they are repeated, without leading ones."""
    pick = tuple(slice(0, 1) if stride == 0 else slice(None) for stride in array.strides)
    array = array[pick]
    if array.size and (array == array.flat[0]).all():
        return array.reshape(-1)[0]
    while array.ndim and array.shape[0] == 1:
        array = array[0]
    return array


class Names:
    """Those of one model, nested graphs included."""

    def __init__(self):
        self._used = set()

    def take(self, name):
        """False if it is taken."""
        if name in self._used:
            return False
        self._used.add(name)
        return True

    def unique(self, wanted):
        name, count = wanted, 0
        while not self.take(name):
            count += 1
            name = f"{wanted}_{count}"
        return name


class Writer:
    """The nodes of one graph. Constants are initializers of the outermost one, whose names nested
    graphs see. `scope` is where the present equation was written."""

    def __init__(self, outer=None):
        self.nodes = []
        self.scope = outer.scope if outer else ""
        self.names = outer.names if outer else Names()
        self.constants = outer.constants if outer else {}
        self.kinds = outer.kinds if outer else set()  # of nodes, those of nested graphs too
        self._known = outer._known if outer else {}

    def node(self, kind, inputs, outputs=1, **attributes):
        """The name of the output of a new node, or a list of names. Inputs are names, Operands,
        arrays, or None for what is left out."""
        base = f"{self.scope}/{kind}" if self.scope else kind
        names = [self.names.unique(base) for _ in range(outputs)]
        self.kinds.add(kind)
        self.nodes.append(helper.make_node(kind, [self.read(x) for x in inputs], names,
                                           **attributes))
        return names[0] if outputs == 1 else names

    def read(self, x):
        """The name of a value."""
        if x is None or isinstance(x, str):
            return x or ""
        if isinstance(x, Operand):
            return x.name if x.array is None else self.constant(x.array)
        return self.constant(x)

    def constant(self, array):
        array = np.ascontiguousarray(array).reshape(np.shape(array))
        key = (array.dtype.name, array.shape, array.tobytes())
        if key not in self._known:
            name = self._known[key] = self.names.unique(f"constant_{len(self.constants)}")
            self.constants[name] = array
        return self._known[key]

    def integers(self, values):
        return self.constant(np.asarray(list(values), np.int64))

    def number(self, value, like):
        """A scalar of the element type of the Operand `like`."""
        return self.constant(np.asarray(value, like.dtype))

    def cast(self, x, dtype):
        return self.node("Cast", [x], to=element_type(dtype))

    def reshape(self, x, shape):
        return self.node("Reshape", [x, self.integers(shape)])

    def transpose(self, x, order):
        """x itself where the order is the one that it has."""
        order = [int(axis) for axis in order]
        if order == list(range(len(order))):
            return self.read(x)
        return self.node("Transpose", [x], perm=order)

    def initializers(self):
        return [numpy_helper.from_array(array, name) for name, array in self.constants.items()]


def same_sized(writer, inputs, shape):
    """The names of operands of an elementwise node, which repeats small ones by itself as long as
    one of them has the shape of the result."""
    full = any(x.array is None and x.shape == tuple(shape) for x in inputs)
    return [writer.constant(compressed(x.array)) if full and x.array is not None
            else writer.read(x) for x in inputs]
