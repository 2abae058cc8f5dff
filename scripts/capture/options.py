"""The flags that the capture programs share, and what they stand for: the user's model, data,
cotangents and batches. Needs numpy only."""
import argparse
import importlib
import importlib.util
import json
import os
import sys

import numpy as np

from capture.bundle import LOSSES
from capture.errors import CaptureError, short


class Parser(argparse.ArgumentParser):
    """Errors are one line, as in twingrad's own commands."""

    def error(self, message):
        raise CaptureError(f"{message}; see --help")


def shared_parser(program, framework, example):
    parser = Parser(
        prog=program, formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f"Record what {framework} computes from a model, its data and its training, as "
                    "a bundle for\n`twingrad check`: outputs, random cotangents, gradients of "
                    "inputs and parameters.",
        epilog=f"example:\n{example}\n\nThe page docs/porting.md takes a model through all of it.")
    parser.add_argument("factory", metavar="MODULE_OR_FILE:FACTORY",
                        help="what makes the model: model.py:Net, torchvision.models:resnet18, ...")
    parser.add_argument("--arguments", metavar="JSON", default="{}",
                        help='what the factory is called with, e.g. \'{"num_classes": 10}\'')
    parser.add_argument("--inputs", metavar="FILE.npz", required=True,
                        help="arrays by the names of the model's inputs, and the target")
    parser.add_argument("-o", "--output", metavar="BUNDLE", required=True, help="folder to write")
    parser.add_argument("--replace", action="store_true", help="replace a bundle that is there")
    parser.add_argument("--name", help="of the cases; default: the factory's")
    parser.add_argument("--precision", choices=("float32", "float64"), default="float32",
                        help="of model and data (default: float32)")
    parser.add_argument("--seed", type=int, default=0,
                        help="of initial values, cotangents and Dropout's masks (default: 0)")
    parser.add_argument("--intermediates", action="store_true",
                        help="also values inside of the model, and their gradients")
    add_model_flags(parser.add_argument_group("another program's model"))
    add_training_flags(parser.add_argument_group("training"))
    return parser


def add_model_flags(group):
    group.add_argument("--model", metavar="FILE",
                       help="hold the numbers to this ONNX or JSON model, e.g. a port")
    group.add_argument("--names", metavar="MAP.json",
                       help="where its names differ: framework's name -> name in FILE")


def add_training_flags(group):
    group.add_argument("--training", action="store_true",
                       help="a case in training mode too: masks of Dropout, batch statistics")
    group.add_argument("--steps", type=int, metavar="N", default=0,
                       help="a training run of so many steps; implies --training")
    group.add_argument("--batch-size", type=int, metavar="N",
                       help="rows of a step, in order and in circles; default: all")
    group.add_argument("--loss", choices=(*LOSSES, "output"), default="cross_entropy",
                       help="of the prediction; `output`: the model's output is the loss itself")
    group.add_argument("--reduction", choices=("mean", "sum"), default="mean")
    group.add_argument("--prediction", metavar="OUTPUT", help="default: the first output")
    group.add_argument("--target", metavar="ARRAY",
                       help="of FILE.npz; default: the one that is no input")
    group.add_argument("--optimizer", default="sgd", metavar="KIND",
                       help="sgd, adam, adamw, rmsprop, ... (default: sgd)")
    group.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                       help="the optimizer's settings, under the framework's names: lr=0.01")
    group.add_argument("--record-every", type=int, default=1, metavar="N",
                       help="gradients and parameters of every N-th step; the first and the last "
                            "have them anyway (default: 1)")


def parse(parser, arguments=None):
    """The flags, checked as far as they can be without the framework."""
    options = parser.parse_args(arguments)
    counts = (options.steps, options.record_every - 1, (options.batch_size or 1) - 1)
    if min(counts) < 0 or options.batch_size == 0:
        raise CaptureError("--steps, --batch-size and --record-every must be above zero")
    options.training = options.training or options.steps > 0
    options.settings = dict(parse_setting(text) for text in options.set)
    options.arguments = parse_arguments(options.arguments)
    options.name = options.name or options.factory.rpartition(":")[2]
    if options.names and not options.model:
        raise CaptureError("--names needs --model")
    return options


def parse_arguments(text):
    try:
        values = json.loads(text)
    except ValueError as error:
        raise CaptureError(f"--arguments: {error}") from error
    if not isinstance(values, dict):
        raise CaptureError("--arguments: expected a JSON object of names and values")
    return values


def parse_setting(text):
    """'lr=0.1' -> ('lr', 0.1); 'betas=0.9,0.99' -> a list; true and false are booleans."""
    name, separator, value = text.partition("=")
    if not separator or not name or not value:
        raise CaptureError(f"--set {text}: expected NAME=VALUE")
    parts = [parse_value(part) for part in value.split(",")]
    return name, parts if len(parts) > 1 else parts[0]


def parse_value(text):
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def load_factory(text):
    """The object that 'MODULE:NAME' or 'FILE.py:NAME' names."""
    place, separator, name = text.rpartition(":")
    if not separator or not place or not name:
        raise CaptureError(f"'{text}': expected MODULE_OR_FILE:FACTORY, e.g. model.py:Net")
    try:
        module = load_file(place) if place.endswith(".py") else load_module(place)
    except CaptureError:
        raise
    except Exception as error:
        raise CaptureError(f"'{place}': {short(error)}") from error
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise CaptureError(f"'{place}' has no '{name}'; it has "
                               f"{', '.join(public_names(module)) or 'nothing that can be called'}")
        found = getattr(found, part)
    return found


def load_file(path):
    if not os.path.isfile(path):
        raise CaptureError(f"'{path}': no such file")
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location("captured_" + os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def load_module(name):
    sys.path.insert(0, os.getcwd())
    return importlib.import_module(name)


def public_names(module):
    own = getattr(module, "__name__", None)
    return sorted(name for name, value in vars(module).items()
                  if callable(value) and not name.startswith("_")
                  and getattr(value, "__module__", own) == own)[:20]


def make(factory, arguments, text):
    """What the factory makes, or the object itself where it is no factory."""
    try:
        return factory(**arguments)
    except Exception as error:
        raise CaptureError(f"{text}: {short(error)}") from error


def read_arrays(path, precision):
    """The arrays of an npz, floats in the precision."""
    try:
        with np.load(path, allow_pickle=False) as file:
            if isinstance(file, np.ndarray):
                raise CaptureError(f"'{path}': expected an npz, which has names; this is an npy")
            arrays = {name: file[name] for name in file.files}
    except CaptureError:
        raise
    except FileNotFoundError as error:
        raise CaptureError(f"'{path}': no such file") from error
    except Exception as error:
        raise CaptureError(f"'{path}': {short(error)}") from error
    if not arrays:
        raise CaptureError(f"'{path}' has no arrays")
    return {name: as_precision(array, precision) for name, array in arrays.items()}


def as_precision(array, precision):
    return array.astype(precision) if array.dtype.kind == "f" else array


def cotangent(shape, precision, seed, index):
    """A random seed of the reverse sweep: the sum or the mean of an output would be blind for
    whatever keeps that sum (softmax, normalization). Multiples of 2^-16, so that float32 and
    float64 captures have the same one."""
    draws = np.random.default_rng([seed, index]).standard_normal(shape)
    return np.asarray(np.round(draws * 65536) / 65536, precision)


def split_target(arrays, inputs, given):
    """The arrays that the model takes, and the name of the one that is the loss's target, or None.
    `inputs` are the names that the model may take."""
    missing = [given] if given and given not in arrays else []
    if missing:
        raise CaptureError(f"--target {given}: the arrays are {', '.join(arrays)}")
    others = [name for name in arrays if name not in inputs and name != given]
    if given is None and len(others) == 1:
        given = others.pop()
    if others:
        raise CaptureError(f"the model takes {', '.join(inputs)}, the arrays are "
                           f"{', '.join(arrays)}: name them alike"
                           + ("" if given else ", or say which is the --target"))
    return {name: array for name, array in arrays.items() if name != given or name in inputs}, given


def batch(arrays, size, step):
    """The rows of a step (0, 1, ...): in order, and from the beginning again after the last."""
    if size is None:
        return arrays
    rows = {len(array) for array in arrays.values() if array.ndim}
    if len(rows) != 1:
        raise CaptureError(f"--batch-size: the arrays have different numbers of rows: "
                           f"{', '.join(map(str, sorted(rows)))}")
    count = rows.pop()
    picked = (np.arange(size) + step * size) % count
    return {name: array[picked] if array.ndim else array for name, array in arrays.items()}


def is_recorded(step, options):
    """Whether the gradients and parameters of a step (1, 2, ...) go into the bundle."""
    return step in (1, options.steps) or step % options.record_every == 0


def finish(bundle, options):
    """Writes the bundle and says what comes next."""
    bundle.write(options.output, options.replace)
    count = len(bundle.manifest["cases"])
    print(f"{options.output}: {count} case{'s' if count > 1 else ''}, {len(bundle.tensors)} "
          f"tensors; now run: twingrad check {options.output}")
    return 0
