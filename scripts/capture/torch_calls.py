"""The functions that a PyTorch model calls, in order: what they returned with which gradient, which
masks Dropout had, and over how many elements batches were normalized.

Both the recording and the export see the same sequence of calls, which is how a value of the
exported graph gets its number.
"""
import contextlib
import functools
import math
import types

import numpy as np
import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode

from capture.errors import CaptureError

RANDOM = {"rand", "randn", "randint", "rand_like", "randn_like", "randint_like", "normal",
          "bernoulli", "multinomial", "randperm", "poisson", "gumbel_softmax", "bernoulli_",
          "normal_", "uniform_", "exponential_", "geometric_", "cauchy_", "log_normal_", "random_"}
# These draw in training mode only, and have masks that ONNX's Dropout does not have.
OTHER_DROPOUTS = {"dropout1d", "dropout2d", "dropout3d", "feature_dropout", "alpha_dropout",
                  "feature_alpha_dropout", "rrelu"}
NOT_OVERRIDDEN = dict.fromkeys(
    ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic"),
    lambda *_: False)


class Calls(TorchFunctionMode):
    """Numbers the floating-point tensors that functions of such make; of scalars only no function
    counts, since an exported model computes with extents as scalars. Functions that PyTorch writes
    in Python (multi_head_attention_forward, layer_norm, ...) are looked into."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self._opened = {}

    def __torch_function__(self, function, kinds, arguments=(), keywords=None):
        keywords = keywords or {}
        name = getattr(function, "__name__", "")
        if function is F.dropout or function is torch.dropout:
            return self._seen(self._dropout(function, arguments, keywords))
        if function is F.hardsigmoid and arguments[0].dtype == torch.float64:
            return self._seen(hard_sigmoid(*arguments, **keywords))
        if name in RANDOM or (name in OTHER_DROPOUTS and is_training(arguments, keywords)):
            raise CaptureError(f"the model draws random numbers with {name}; a bundle can hold the "
                               "masks of Dropout only: switch it off, or take the draws as inputs")
        if function is F.scaled_dot_product_attention and dropout_p(arguments, keywords) > 0:
            with self:
                return attention(*arguments, **keywords)
        if any(getattr(function, "__globals__", None) is vars(m) for m in (F, torch.functional)):
            with self:
                return self._open(function)(*arguments, **keywords)
        result = function(*arguments, **keywords)
        return self._seen(result) if has_array((*arguments, *keywords.values())) else result

    def _dropout(self, function, arguments, keywords):
        """Called for dropouts of either mode; what a subclass does not decide runs as it is."""
        return function(*arguments, **keywords)

    def _tensor(self, number, tensor):
        """What takes the place of a returned tensor."""
        return tensor

    def _seen(self, result):
        if isinstance(result, torch.Tensor):
            if not result.is_floating_point():
                return result
            self.count += 1
            return self._tensor(self.count - 1, result)
        if isinstance(result, (tuple, list)) and any(isinstance(r, torch.Tensor) for r in result):
            return type(result)([self._seen(item) for item in result])
        return result

    def _open(self, function):
        """The function without the question whether someone overrides it: we do, and look inside.
        """
        if function not in self._opened:
            copy = types.FunctionType(function.__code__, {**function.__globals__, **NOT_OVERRIDDEN},
                                      function.__name__, function.__defaults__,
                                      function.__closure__)
            copy.__kwdefaults__ = function.__kwdefaults__
            self._opened[function] = copy
        return self._opened[function]


@contextlib.contextmanager
def watched(model, calls):
    """While it is entered, the model's forward runs under `calls`, and nothing else does: the
    exporter calls functions of its own."""
    forward = model.forward

    @functools.wraps(forward)
    def watched_forward(*arguments, **keywords):
        calls.count = 0
        with calls:
            return forward(*arguments, **keywords)

    model.forward = watched_forward
    try:
        yield
    finally:
        del model.forward


class Recorder(Calls):
    """A forward pass to record. `values` (number -> array) and `gradients` (the same numbers, after
    the reverse sweep) if `intermediates`; masks are drawn from `seed`."""

    def __init__(self, seed, intermediates=False):
        super().__init__()
        self.values, self.gradients = {}, {}
        self.masks = {}  # number of the call's result -> mask
        self.normalized = {}  # address of a running mean -> elements a channel
        self._intermediates = intermediates
        self._generator = np.random.default_rng([seed, 1])

    def __torch_function__(self, function, kinds, arguments=(), keywords=None):
        if function is torch.batch_norm:
            self._batch_norm(*arguments, **(keywords or {}))
        return super().__torch_function__(function, kinds, arguments, keywords)

    def _batch_norm(self, x, weight, bias, mean, variance, training, *rest):
        if training and mean is not None:
            # A layer that is used twice has statistics of two batches: 0 is no count.
            count = x.numel() // x.shape[1] if mean.data_ptr() not in self.normalized else 0
            self.normalized[mean.data_ptr()] = count

    def _dropout(self, function, arguments, keywords):
        x, p, training, inplace = dropout_arguments(*arguments, **keywords)
        if not training:
            return function(*arguments, **keywords)
        p = float(np.float32(p))  # as the exported node has it
        mask = self._generator.random(tuple(x.shape)) >= p
        self.masks[self.count] = mask
        kept = torch.from_numpy(mask).to(x.dtype) / (1 - p) if p < 1 else torch.zeros_like(x)
        return x.mul_(kept) if inplace else x * kept

    def _tensor(self, number, tensor):
        if self._intermediates and tensor.grad_fn is not None:
            self.values[number] = tensor.detach().clone().numpy()
            self.gradients[number] = None
            # Functions that work in place may change the tensor later; the hook belongs to the
            # value that it has now.
            tensor.register_hook(lambda gradient: self._keep(number, gradient))
        return tensor

    def _keep(self, number, gradient):
        self.gradients[number] = gradient.detach().clone().numpy()


def has_array(arguments):
    for a in arguments:
        if isinstance(a, (tuple, list)) and has_array(a):
            return True
        if isinstance(a, torch.Tensor) and a.is_floating_point() and a.dim() > 0:
            return True
    return False


def is_training(arguments, keywords):
    flag = keywords.get("training", keywords.get("train"))
    return flag if flag is not None else any(a is True for a in arguments)


def dropout_arguments(x, p=0.5, training=True, inplace=False, train=None):
    return x, p, training if train is None else train, inplace


def dropout_p(arguments, keywords):
    return arguments[4] if len(arguments) > 4 else keywords.get("dropout_p", 0.0)


def hard_sigmoid(x, inplace=False):
    """PyTorch's own derivative has a 1/6 of 32 bits, in doubles too, and so has ONNX's attribute:
    off by 3e-8, which no port should be held to."""
    y = (x / 6 + 0.5).clamp(0, 1)
    return x.copy_(y) if inplace else y


def attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None,
              enable_gqa=False):
    """scaled_dot_product_attention as its documentation writes it, so that its Dropout is seen."""
    if enable_gqa:
        raise CaptureError("scaled_dot_product_attention with enable_gqa and dropout is not "
                           "recorded: set its dropout to 0")
    scale = 1 / math.sqrt(query.size(-1)) if scale is None else scale
    weights = query @ key.transpose(-2, -1) * scale
    if is_causal:
        shape = query.size(-2), key.size(-2)
        attn_mask = torch.ones(shape, dtype=torch.bool).tril()
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        weights = weights.masked_fill(attn_mask.logical_not(), -math.inf)
    elif attn_mask is not None:
        weights = weights + attn_mask
    return F.dropout(torch.softmax(weights, -1), dropout_p, True) @ value
