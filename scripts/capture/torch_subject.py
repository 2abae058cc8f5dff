"""A PyTorch module with its data: what it computes forwards and backwards, and how it trains."""
import inspect

import numpy as np
import torch

from capture import options as shared
from capture.cases import Pass
from capture.errors import CaptureError, short
from capture.model_file import onnx_model
from capture.torch_calls import Recorder, watched
from capture.torch_export import export
from capture.torch_training import loss_of, make_optimizer


def to_numpy(tensor):
    return None if tensor is None else tensor.detach().cpu().numpy().copy()


def load_module(options):
    """The user's nn.Module, in its precision, with the weights of --weights."""
    factory = shared.load_factory(options.factory)
    torch.manual_seed(options.seed)
    model = factory
    if not isinstance(factory, torch.nn.Module):
        model = shared.make(factory, options.arguments, options.factory)
    if not isinstance(model, torch.nn.Module):
        raise CaptureError(f"{options.factory} makes a {type(model).__name__}, no nn.Module")
    if options.weights:
        load_weights(model, options.weights)
    model = model.to(getattr(torch, options.precision)).cpu()
    if options.precision == "float64":
        round_settings(model)
    return model


def round_settings(model):
    """Epsilons, momenta, slopes and rates as ONNX can hold them: its attributes have 32 bits, and
    0.1 in 32 bits is off by more than float64 numbers may be. ONNX's momentum is the share that is
    kept."""
    for module in model.modules():
        keeps = isinstance(module, torch.nn.modules.batchnorm._NormBase)
        for name, value in vars(module).items():
            if type(value) is not float:
                continue
            if keeps and name == "momentum":
                setattr(module, name, 1 - float(np.float32(1 - value)))
            else:
                setattr(module, name, float(np.float32(value)))


def load_weights(model, path):
    try:
        if path.endswith(".safetensors"):
            from safetensors.torch import load_file
            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(state.get("state_dict", state))
    except FileNotFoundError as error:
        raise CaptureError(f"'{path}': no such file") from error
    except Exception as error:
        raise CaptureError(f"'{path}': {short(error)}") from error


def arguments_of(model):
    """The names of forward's parameters."""
    kinds = inspect.Parameter
    parameters = inspect.signature(model.forward).parameters.values()
    return [p.name for p in parameters if p.kind in (kinds.POSITIONAL_OR_KEYWORD,
                                                     kinds.KEYWORD_ONLY)]


def named_outputs(result):
    """The tensors that a module returns, by names: the keys of a dict, `output`, `output_1`, ..."""
    if isinstance(result, torch.Tensor):
        return {"output": result}
    if isinstance(result, dict):
        items = list(result.items())
    elif isinstance(result, (list, tuple)):
        items = [(f"output_{i}" if i else "output", item) for i, item in enumerate(result)]
    else:
        raise CaptureError(f"the model returns a {type(result).__name__}; expected a tensor, or "
                           "a dict, list or tuple of tensors")
    wrong = [name for name, item in items if not isinstance(item, torch.Tensor)]
    if wrong:
        raise CaptureError(f"the model's output {wrong[0]} is no tensor; wrap the model in one that "
                           "returns tensors")
    return dict(items)


class Subject:
    """`inputs`: the arrays of a case by the names of forward's parameters, in their order."""

    def __init__(self, options):
        self.options = options
        self.model = load_module(options)
        arrays = shared.read_arrays(options.inputs, options.precision)
        names = arguments_of(self.model)
        self.arrays, self.target = shared.split_target(arrays, names, options.target)
        self.order = [name for name in names if name in self.arrays]
        self.all_arrays = arrays
        self.start = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.inputs = self.rows(0)[0]

    def rows(self, step):
        """(inputs, target or None) of a step (0, 1, ...)."""
        rows = shared.batch(self.all_arrays, self.options.batch_size, step)
        return {name: rows[name] for name in self.order}, rows.get(self.target)

    def reset(self, training):
        self.model.load_state_dict(self.start)
        self.model.train(training)

    def tensors(self, inputs, gradients=False):
        return {name: torch.from_numpy(array.copy()).requires_grad_(
            gradients and array.dtype.kind == "f") for name, array in inputs.items()}

    def call(self, tensors, recorder):
        try:
            with watched(self.model, recorder):
                return named_outputs(self.model(**tensors))
        except CaptureError:
            raise
        except Exception as error:
            shapes = ", ".join(f"{n} {list(t.shape)}" for n, t in tensors.items())
            raise CaptureError(f"the model called with {shapes}: {short(error)}") from error

    def parameters(self):
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}

    def parameter_arrays(self):
        return {name: to_numpy(p) for name, p in self.parameters().items()}

    def state_arrays(self):
        return {name: to_numpy(value) for name, value in self.start.items()}

    def differentiate(self, training, intermediates):
        """The first batch forwards, and backwards from random cotangents."""
        self.reset(training)
        recorder = Recorder(self.options.seed, intermediates)
        tensors = self.tensors(self.inputs, True)
        outputs = self.call(tensors, recorder)
        seeds = {name: shared.cotangent(output.shape, self.options.precision, self.options.seed, i)
                 for i, (name, output) in enumerate(outputs.items()) if output.grad_fn is not None}
        if not seeds:
            raise CaptureError("no output of the model has a gradient")
        wanted = {**{n: t for n, t in tensors.items() if t.requires_grad}, **self.parameters()}
        try:
            found = torch.autograd.grad([outputs[name] for name in seeds], list(wanted.values()),
                                        [torch.from_numpy(seed) for seed in seeds.values()],
                                        allow_unused=True)
        except RuntimeError as error:
            raise CaptureError(f"the gradient of the model: {short(error)}") from error
        statistics = self.statistics(recorder) if training else {}
        self.reset(training)
        return Pass(outputs={n: to_numpy(o) for n, o in outputs.items()}, cotangents=seeds,
                    gradients=dict(zip(wanted, map(to_numpy, found))), draws=recorder.masks,
                    values=recorder.values, value_gradients=recorder.gradients,
                    statistics=statistics, notes=recorder)

    def export(self, training, computed):
        self.reset(training)
        proto, keys = export(self.model, self.tensors(self.inputs), list(computed.outputs),
                             training, self.options.opset, computed.notes)
        check_modes(proto, training)
        computed.statistics = renamed_statistics(proto, computed.statistics)
        return onnx_model("training.onnx" if training else "inference.onnx", proto), keys

    def statistics(self, recorder):
        """The running statistics after one batch as ONNX defines them: PyTorch's variance is that
        of a sample (n - 1), ONNX's is not."""
        buffers = dict(self.model.named_buffers())
        found = {}
        for name, mean in buffers.items():
            count = recorder.normalized.get(mean.data_ptr(), 0)
            if count < 2 or not name.endswith("running_mean"):
                continue
            other = name[:-len("mean")] + "var"
            module = self.model.get_submodule(name.rpartition(".")[0])
            if module.momentum is None or other not in buffers:
                continue
            kept = (1 - module.momentum) * to_numpy(self.start[other]).astype(np.float64)
            new = (to_numpy(buffers[other]) - kept) * (count - 1) / count
            found[other] = (kept + new).astype(self.options.precision)
            # The mean of what comes from another normalization is zero, but for rounding.
            if np.abs(to_numpy(mean)).max() > 1e-3 * np.sqrt(new.max()):
                found[name] = to_numpy(mean)
        return found

    def train(self, prediction):
        options = self.options
        self.reset(True)
        optimizer, told = make_optimizer(options.optimizer, options.settings,
                                         list(self.parameters().values()))
        initial = self.parameter_arrays()
        steps = [self.step(number, optimizer, prediction)
                 for number in range(1, options.steps + 1)]
        final = self.parameter_arrays()
        self.reset(True)
        return told, steps, initial, final

    def step(self, number, optimizer, prediction):
        options = self.options
        inputs, target = self.rows(number - 1)
        recorder = Recorder(options.seed + number)
        optimizer.zero_grad()
        outputs = self.call(self.tensors(inputs), recorder)
        loss = loss_of(options.loss, options.reduction, outputs[prediction],
                       None if target is None else torch.from_numpy(target))
        loss.backward()
        step = {"inputs": inputs, "target": target, "draws": recorder.masks, "loss": loss.item()}
        recorded = shared.is_recorded(number, options)
        if recorded:
            step["gradients"] = {n: to_numpy(p.grad) for n, p in self.parameters().items()}
        optimizer.step()
        if recorded:
            step["parameters"] = self.parameter_arrays()
        return step


def renamed_statistics(proto, statistics):
    """Running statistics after a step, under the names of BatchNormalization's further outputs."""
    return {written: statistics[read] for node in proto.graph.node
            if node.op_type == "BatchNormalization"
            for read, written in zip(node.input[3:5], node.output[1:3])
            if written and read in statistics}


def check_modes(proto, training):
    """A case says one mode for all nodes."""
    words = {True: "training", False: "inference"}
    for node in proto.graph.node:
        if node.op_type == "BatchNormalization":
            mode = any(a.name == "training_mode" and a.i for a in node.attribute)
            if mode != training:
                raise CaptureError(f"a BatchNormalization of the model ({node.output[0]}) is in "
                                   f"{words[mode]} mode in the {words[training]} case, which a "
                                   "bundle cannot say")
