"""The cases of a bundle from what a framework's subject computes, whichever framework it is.

A subject has `inputs` (name -> array), `target` (the name of the loss's target, or None) and
    differentiate(training, intermediates) -> Pass
    export(training, computed) -> (ModelFile, key -> value name): its own ONNX model, in which a
        value that the model does not have has no name
    train(prediction) -> (description of the optimizer, steps, initial, final)
    parameter_arrays(), state_arrays(): what is trained, and all that the model's numbers are of
"""
import dataclasses

from capture.errors import CaptureError
from capture.model_file import Names, read_model, read_names


@dataclasses.dataclass
class Pass:
    """One forward and one reverse sweep. Names are the framework's; keys stand for values inside of
    the model, by whatever the subject tells them apart with."""
    outputs: dict  # name -> array
    cotangents: dict  # name -> array
    gradients: dict  # of inputs and parameters: name -> array or None
    draws: dict = dataclasses.field(default_factory=dict)  # key -> mask, in order
    values: dict = dataclasses.field(default_factory=dict)  # key -> array
    value_gradients: dict = dataclasses.field(default_factory=dict)  # key -> array or None
    statistics: dict = dataclasses.field(default_factory=dict)  # running statistic -> array
    # Random numbers that the subject's own model takes as inputs: name -> array.
    random: dict = dataclasses.field(default_factory=dict)
    notes: object = None  # the subject's own


def add_cases(bundle, subject, options):
    """The cases that the flags ask for: inference, training, and a training run."""
    given = read_model(options.model, options.precision) if options.model else None
    table = read_names(options.names)
    for training in modes_of(options, given):
        computed = subject.differentiate(training, options.intermediates)
        if given is None:
            model, keys = subject.export(training, computed)
            names = Names(model)
        else:
            names = Names(given, table)
            names.check_parameters(subject.parameter_arrays())
            # Another program's model has no name for what they are after the step.
            computed.statistics = {}
            keys = given_dropouts(given, computed) if training else {}
        add_case(bundle, subject, options, training, computed, names, keys)
    if options.steps:
        add_run(bundle, subject, options, computed, names, keys)


def modes_of(options, given):
    """The modes to record. A model whose BatchNormalization says its mode has cases of that only."""
    modes = [False, True] if options.training else [False]
    if given is None or not given.modes:
        return modes
    words = {True: "training", False: "inference"}
    if {modes[-1]} != given.modes:
        raise CaptureError(
            f"'{given.path}' has BatchNormalization in "
            f"{' and in '.join(words[m] for m in sorted(given.modes))} mode, which is no model for "
            f"a case of {words[modes[-1]]}")
    return modes[-1:]


def given_dropouts(model, computed):
    """The Dropout nodes of a model that another program wrote, in the order of their draws."""
    if len(model.dropouts) != len(computed.draws):
        raise CaptureError(f"'{model.path}' has {len(model.dropouts)} Dropout nodes, the "
                           f"framework's model drops out {len(computed.draws)} times")
    return dict(zip(computed.draws, model.dropouts))


def add_case(bundle, subject, options, training, computed, names, keys):
    model = names.model
    outputs = names.of(computed.outputs)
    if not set(outputs) & set(model.outputs):
        raise CaptureError(f"none of the framework's outputs ({', '.join(computed.outputs)}) is an "
                           f"output of '{model.path}' ({', '.join(model.outputs)}): --names must "
                           "say which is which")
    bundle.add_case(
        f"{options.name}/{'training' if training else 'inference'}",
        bundle.add_model(model.path, model.data), training=training, tags=["model"],
        inputs={**names.of(computed_inputs(subject, names, computed)),
                **overrides(subject, options, names)},
        draws={keys[key]: mask for key, mask in computed.draws.items()},
        outputs={**by_key(keys, computed.values), **names.of(computed.statistics), **outputs},
        cotangents=names.of(computed.cotangents),
        gradients={**by_key(keys, computed.value_gradients), **names.of(computed.gradients)})


def computed_inputs(subject, names, computed):
    inputs = {**subject.inputs, **computed.random}
    missing = [n for n in names.model.inputs if n not in {names.name(i) for i in inputs}]
    if missing:
        raise CaptureError(f"'{names.model.path}' has the input {missing[0]}, the data are "
                           f"{', '.join(subject.inputs)}: --names must say which is which")
    return inputs


def by_key(keys, values):
    return {keys[key]: value for key, value in values.items() if key in keys}


def overrides(subject, options, names):
    """A given model has weights of its own; the numbers are those of the framework's weights."""
    return names.of(subject.state_arrays()) if options.model else {}


def add_run(bundle, subject, options, computed, names, keys):
    prediction = options.prediction or next(iter(computed.outputs))
    if prediction not in computed.outputs:
        raise CaptureError(f"--prediction {prediction}: the outputs are "
                           f"{', '.join(computed.outputs)}")
    if options.loss != "output" and subject.target is None:
        raise CaptureError(f"--loss {options.loss} needs a target: an array of "
                           f"'{options.inputs}' that is no input")
    told, steps, initial, final = subject.train(prediction)
    loss = {"kind": options.loss, "name": names.name(prediction)}
    if options.loss != "output":
        loss = {"kind": options.loss, "prediction": names.name(prediction),
                "target": subject.target, "reduction": options.reduction}
    entries = [run_step(step, subject, options, names, keys) for step in steps]
    bundle.add_case(
        f"{options.name}/{options.optimizer}",
        bundle.add_model(names.model.path, names.model.data), training=True,
        tags=["model", "training-run"], draws=entries[0]["draws"],
        inputs={**names.of({**subject.inputs, **steps[0].get("random", {})}),
                **overrides(subject, options, names)},
        training_run={"loss": loss, "optimizer": told, "steps": entries,
                      "initial": names.of(initial), "final": names.of(final)})


def run_step(step, subject, options, names, keys):
    inputs = {**step["inputs"], **step.get("random", {})}
    entry = {"inputs": names.of(inputs), "loss": step["loss"],
             "draws": by_key(keys, step["draws"])}
    if options.loss != "output":
        entry["inputs"][subject.target] = step["target"]
    for part in ("gradients", "parameters"):
        if part in step:
            entry[part] = names.of(step[part])
    return entry
