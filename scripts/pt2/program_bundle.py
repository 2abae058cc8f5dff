"""Programs of torch.export, and what PyTorch computes from them, as reference bundles.

The graph of the program is run by PyTorch operator by operator, so that the numbers belong to the
file and not to the module that it was made of; masks of dropout are drawn here and recorded.
"""
import io
import warnings
import zipfile

import numpy as np
import torch
from torch.export import export
from torch.export.graph_signature import InputKind, OutputKind

from capture.bundle import Bundle
from capture.errors import CaptureError

DROPOUTS = (torch.ops.aten.dropout.default, torch.ops.aten.native_dropout.default)


class ProgramRun(torch.fx.Interpreter):
    """The program's graph with masks that are drawn here."""

    def __init__(self, program, generator):
        super().__init__(program.graph_module)
        self.generator, self.masks, self.values = generator, {}, {}

    def run_node(self, node):
        if node.target in DROPOUTS:
            result = self._dropout(node)
        elif node.target is torch.ops.aten.copy.default:  # PyTorch cannot differentiate it
            into, source = self.fetch_args_kwargs_from_env(node)[0][:2]
            result = source.to(into.dtype).expand_as(into)
        else:
            result = super().run_node(node)
        self.values[node.name] = result
        return result

    def _dropout(self, node):
        x, p, train = self.fetch_args_kwargs_from_env(node)[0]
        native = node.target is DROPOUTS[1]
        if not train or p == 0:
            return (x, torch.ones_like(x, dtype=torch.bool)) if native else x
        mask = torch.from_numpy(self.generator.random(tuple(x.shape)) >= p)
        name = node.name
        if native:
            name = next(user.name for user in node.users if user.args[1] == 0)
        self.masks[name] = mask.numpy()
        dropped = torch.where(mask, x, torch.zeros_like(x)) / (1 - p)
        return (dropped, mask) if native else dropped


def exported(module, arguments, keywords=None, dynamic=None, decompose=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = export(module, arguments, keywords, dynamic_shapes=dynamic)
        return program.run_decompositions() if decompose else program


def program_bytes(program):
    """As torch.export.save writes it, without the lines of source code and the example inputs."""
    for module in program.graph_module.modules():
        for node in getattr(getattr(module, "graph", None), "nodes", ()):
            for key in ("stack_trace", "nn_module_stack", "source_fn_stack", "torch_fn", "from_node"):
                node.meta.pop(key, None)
    program._example_inputs = None
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.export.save(program, file)
    return file.getvalue()


def program_bytes_of_2_6(program):
    """The same in the archive of torch 2.6: tensors as torch.save writes them."""
    from torch._export.serde.serialize import serialize
    program._example_inputs = None
    parts = serialize(program)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in (("serialized_exported_program.json", parts.exported_program),
                           ("serialized_state_dict.pt", parts.state_dict),
                           ("serialized_constants.pt", parts.constants),
                           ("serialized_example_inputs.pt", parts.example_inputs),
                           ("version", b"8.20")):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return file.getvalue()


def user_inputs(program, arguments, keywords):
    """name -> tensor, in the order of the graph."""
    names = [spec.arg.name for spec in program.graph_signature.input_specs
             if spec.kind == InputKind.USER_INPUT]
    flat = torch.utils._pytree.tree_leaves((arguments, keywords or {}))
    return dict(zip(names, flat))


def leaves(program, inputs):
    """(the graph's arguments, name in the model -> tensor that may have a gradient)."""
    values, leaf, tied = [], {}, {}
    for spec in program.graph_signature.input_specs:
        if spec.kind == InputKind.USER_INPUT:
            value = inputs[spec.arg.name]
            if isinstance(value, torch.Tensor):
                value = value.detach().clone()
                # A name that ends in "_" says that PyTorch cannot differentiate by it.
                if value.is_floating_point() and not spec.arg.name.endswith("_"):
                    leaf[spec.arg.name] = value.requires_grad_()
        elif spec.kind == InputKind.PARAMETER:
            parameter = program.state_dict[spec.target]
            key = (parameter.data_ptr(), tuple(parameter.shape), parameter.stride())
            if key not in tied or parameter.numel() == 0:
                tied[key] = leaf[spec.target] = parameter.detach().clone().requires_grad_()
            value = tied[key]
        elif spec.kind == InputKind.BUFFER and spec.persistent:
            value = program.state_dict[spec.target].detach().clone()
        else:
            value = program.constants[spec.target].detach().clone()
        values.append(value)
    return values, leaf


def array(tensor):
    """As numpy has it; complex numbers as their parts along a last axis."""
    tensor = tensor.detach()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.resolve_conj())
    return tensor.contiguous().numpy(force=True)


class ProgramBundle:
    def __init__(self, precision="float64", seed=0):
        self.bundle = Bundle("torch", torch.__version__, precision, "torch",
                             script="scripts/record_pt2.py")
        self.precision, self.seed = precision, seed

    def add(self, name, module, arguments, keywords=None, *, dynamic=None, decompose=False,
            tags=(), reference=None, more=(), model=None, gradients=True):
        """One program and a case for each of `more` (further arguments, for dynamic shapes).
        `reference` is a module with the same parameters that computes the outputs where PyTorch
        cannot differentiate the program, or means another gradient.
        """
        dtype = getattr(torch, self.precision)
        module = module.to(dtype)
        reference = reference and reference.to(dtype)
        convert = lambda value: (value.to(dtype) if isinstance(value, torch.Tensor)
                                 and value.is_floating_point() else value)
        arguments, more = torch.utils._pytree.tree_map(convert, (arguments, list(more)))
        program = exported(module, arguments, keywords, dynamic, decompose)
        entry = self.bundle.add_model(model or f"{name}.pt2", program_bytes(program))
        training = module.training and any(
            isinstance(m, (torch.nn.Dropout, torch.nn.modules.batchnorm._BatchNorm))
            for m in module.modules())
        for number, given in enumerate([arguments, *more]):
            title = name if number == 0 else f"{name}-{number}"
            try:
                self._case(title, program, entry, given, keywords, training, tags, reference,
                           gradients)
            except Exception as error:
                raise CaptureError(f"{title}: {error}") from error

    def _case(self, name, program, model, arguments, keywords, training, tags, reference,
              gradients):
        generator = np.random.default_rng([self.seed, len(name), *name.encode()])
        inputs = user_inputs(program, arguments, keywords)
        values, leaf = leaves(program, inputs)
        run = ProgramRun(program, generator)
        specs = program.graph_signature.output_specs
        if reference is None:
            returned = run.run(*values)
        else:
            named = dict(zip([spec.arg.name for spec in program.graph_signature.input_specs],
                             values))
            parameters = {key: value for key, value in leaf.items() if key not in inputs}
            user = torch.func.functional_call(reference, parameters,
                                              tuple(named[key] for key in inputs))
            user = user if isinstance(user, tuple) else (user,)
            kept = iter(user)
            returned = [next(kept) if spec.kind == OutputKind.USER_OUTPUT else None
                        for spec in specs]
        outputs, seeds, roots, cotangents = {}, {}, [], {}
        for spec, value in zip(specs, returned):
            if spec.kind != OutputKind.USER_OUTPUT or not isinstance(value, torch.Tensor):
                continue
            outputs[spec.arg.name] = value
            if value.requires_grad:
                roots.append(value)
                seed = torch.from_numpy(generator.standard_normal(tuple(value.shape) + (
                    (2,) if value.is_complex() else ()))).to(
                        value.real.dtype if value.is_complex() else value.dtype)
                cotangents[spec.arg.name] = seed.numpy()
                seeds[spec.arg.name] = torch.view_as_complex(seed) if value.is_complex() else seed
        found = {}
        if roots and gradients:
            grads = torch.autograd.grad(roots, list(leaf.values()), list(seeds.values()),
                                        allow_unused=True)
            found = {key: None if grad is None else array(grad)
                     for key, grad in zip(leaf, grads)}
        self.bundle.add_case(
            name, model, training=training, tags=tags,
            inputs={key: array(value) for key, value in inputs.items()
                    if isinstance(value, torch.Tensor)},
            draws=run.masks, outputs={key: array(value) for key, value in outputs.items()},
            cotangents=cotangents if found else {}, gradients=found)

    def write(self, folder):
        self.bundle.write(folder, replace=True)
