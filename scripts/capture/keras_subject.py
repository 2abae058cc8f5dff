"""A Keras model with its data: what it computes forwards and backwards, and how it trains."""
import keras
import numpy as np
import tensorflow as tf

from capture import options as shared
from capture.cases import Pass
from capture.errors import CaptureError, short
from capture.keras_export import Export, layer_calls
from capture.keras_training import loss_of, make_optimizer
from capture.model_file import onnx_model

# Layers that draw in training mode, and of which a bundle cannot hold the draws.
RANDOM = ("SpatialDropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "Random")


def load_model(options):
    factory = shared.load_factory(options.factory)
    keras.utils.set_random_seed(options.seed)
    model = factory
    if not isinstance(factory, keras.Model):
        model = shared.make(factory, options.arguments, options.factory)
    if not isinstance(model, keras.Model):
        raise CaptureError(f"{options.factory} makes a {type(model).__name__}, no keras.Model")
    if options.weights:
        try:
            model.load_weights(options.weights)
        except Exception as error:
            raise CaptureError(f"'{options.weights}': {short(error)}") from error
    wrong = [v.path for v in model.trainable_variables if v.dtype != options.precision]
    if wrong:
        raise CaptureError(f"{wrong[0]} is {model.trainable_variables[0].dtype} although the "
                           f"precision is {options.precision}: the model sets its own dtype")
    if options.precision == "float64":
        round_settings(model)
    return model


def round_settings(model):
    """Epsilons, momenta, slopes and rates as ONNX can hold them: its attributes have 32 bits."""
    for layer in model._flatten_layers():
        for name in ("epsilon", "momentum", "negative_slope", "rate"):
            if type(getattr(layer, name, None)) is float:
                setattr(layer, name, float(np.float32(getattr(layer, name))))


class Draws:
    """While it is entered, Dropout layers take their masks from a seed, and keep them: (name of the
    layer, number of the call) -> mask."""

    def __init__(self, seed):
        self.masks = {}
        self._generator = np.random.default_rng([seed, 1])
        self._calls = {}

    def __enter__(self):
        self._original = keras.layers.Dropout.call
        keras.layers.Dropout.call = lambda layer, x, training=False: self._drop(layer, x, training)
        return self

    def __exit__(self, *_):
        keras.layers.Dropout.call = self._original

    def _drop(self, layer, x, training):
        if not training or layer.rate == 0:
            return x
        if layer.noise_shape is not None:
            raise CaptureError(f"{layer.name}: a noise_shape is not recorded")
        call = self._calls[layer.name] = self._calls.get(layer.name, -1) + 1
        mask = self._generator.random(tuple(x.shape)) >= layer.rate
        self.masks[layer.name, call] = mask
        return x * tf.cast(mask, x.dtype) / (1 - layer.rate)


def to_numpy(value):
    return None if value is None else np.array(tf.convert_to_tensor(value))


class Subject:
    def __init__(self, options):
        self.options = options
        keras.backend.set_floatx(options.precision)
        self.model = load_model(options)
        self.random = [layer.name for layer in self.model._flatten_layers()
                       if type(layer).__name__.startswith(RANDOM)]
        self.all_arrays = shared.read_arrays(options.inputs, options.precision)
        names = [tensor.name for tensor in self.model.inputs]
        self.arrays, self.target = self._split(names)
        self.inputs = self.rows(0)[0]
        self.start = [np.array(v) for v in self.model.variables]
        self.probe, self.places = self._probe() if options.intermediates else (None, [])

    def _split(self, names):
        """Keras invents the names of inputs; an only one takes the array `x`."""
        if len(names) == 1 and names[0] not in self.all_arrays and "x" in self.all_arrays:
            self.all_arrays[names[0]] = self.all_arrays.pop("x")
        return shared.split_target(self.all_arrays, names, self.options.target)

    def _probe(self):
        """A model whose outputs are those of all layers, and the Keras tensors that they are."""
        tensors = [outputs[0] for _, _, outputs in layer_calls(self.model)]
        return keras.Model(self.model.inputs, tensors), tensors

    def rows(self, step):
        rows = shared.batch(self.all_arrays, self.options.batch_size, step)
        return {t.name: rows[t.name] for t in self.model.inputs}, rows.get(self.target)

    def reset(self):
        for variable, value in zip(self.model.variables, self.start):
            variable.assign(value)

    def call(self, model, tensors, training, draws):
        if training and self.random:
            raise CaptureError(f"{self.random[0]} draws random numbers; a bundle can hold the "
                               "masks of Dropout only")
        try:
            with draws:
                given = list(tensors.values())
                result = model(given if len(given) > 1 else given[0], training=training)
        except CaptureError:
            raise
        except Exception as error:
            shapes = ", ".join(f"{n} {list(t.shape)}" for n, t in tensors.items())
            raise CaptureError(f"the model called with {shapes}: {short(error)}") from error
        return list(result) if isinstance(result, (list, tuple)) else [result]

    def parameters(self):
        return {v.path: v for v in self.model.trainable_variables}

    def parameter_arrays(self):
        return {name: np.array(v) for name, v in self.parameters().items()}

    def state_arrays(self):
        return {v.path: value for v, value in zip(self.model.variables, self.start)}

    def differentiate(self, training, intermediates):
        self.reset()
        draws = Draws(self.options.seed)
        tensors = {name: tf.constant(array) for name, array in self.inputs.items()}
        floating = {n: t for n, t in tensors.items() if t.dtype.is_floating}
        values = {}
        with tf.GradientTape() as tape:
            tape.watch(list(floating.values()))
            if intermediates:
                found = self.call(self.probe, tensors, training, draws)
                values = dict(zip(map(id, self.places), found))
                outputs = [values[id(tensor)] for tensor in self.model.outputs]
            else:
                outputs = self.call(self.model, tensors, training, draws)
        seeds = [shared.cotangent(tuple(o.shape), self.options.precision, self.options.seed, i)
                 for i, o in enumerate(outputs)]
        sources = [list(floating.values()), [v.value for v in self.parameters().values()],
                   list(values.values())]
        gradients = tape.gradient(outputs, sources, [tf.constant(seed) for seed in seeds])
        statistics = {v.path: np.array(v) for v in self.model.non_trainable_variables} \
            if training else {}
        self.reset()
        names = self.output_names()
        return Pass(
            outputs=dict(zip(names, map(to_numpy, outputs))), cotangents=dict(zip(names, seeds)),
            gradients={**dict(zip(floating, map(to_numpy, gradients[0]))),
                       **dict(zip(self.parameters(), map(to_numpy, gradients[1])))},
            draws=draws.masks, values={k: to_numpy(v) for k, v in values.items()},
            value_gradients=dict(zip(values, map(to_numpy, gradients[2]))), statistics=statistics)

    def output_names(self):
        """Those of the exported model; with --model, which may have layers that the export has no
        rows for, the names of the layers."""
        if self.options.model:
            return list(self.model.output_names)
        return list(Export(self.model, self.options.precision, False).outputs)

    def export(self, training, computed):
        made = Export(self.model, self.options.precision, training)
        keys = {**{key: made.names[key] for key in computed.values}, **made.graph.draws}
        computed.statistics = {value: computed.statistics[path]
                               for value, path in made.graph.statistics.items()}
        # What a layer passes on unchanged (Dropout at rest) is the value of the layer before.
        first = {}
        for key in computed.values:
            first.setdefault(keys[key], key)
        keys = {k: v for k, v in keys.items() if first.get(v, k) == k or k in computed.draws}
        return onnx_model("training.onnx" if training else "inference.onnx", made.proto()), keys

    def train(self, prediction):
        options = self.options
        self.reset()
        optimizer, told = make_optimizer(options.optimizer, options.settings, options.precision)
        initial = self.parameter_arrays()
        steps = [self.step(number, optimizer, prediction)
                 for number in range(1, options.steps + 1)]
        final = self.parameter_arrays()
        self.reset()
        return told, steps, initial, final

    def step(self, number, optimizer, prediction):
        options = self.options
        inputs, target = self.rows(number - 1)
        draws = Draws(options.seed + number)
        parameters = self.parameters()
        with tf.GradientTape() as tape:
            outputs = self.call(self.model, {n: tf.constant(a) for n, a in inputs.items()}, True,
                                draws)
            chosen = dict(zip(self.output_names(), outputs))[prediction]
            loss = loss_of(options.loss, options.reduction, chosen, target)
        gradients = tape.gradient(loss, [v.value for v in parameters.values()])
        step = {"inputs": inputs, "target": target, "draws": draws.masks, "loss": float(loss)}
        recorded = shared.is_recorded(number, options)
        if recorded:
            step["gradients"] = dict(zip(parameters, map(to_numpy, gradients)))
        optimizer.apply_gradients(zip(gradients, parameters.values()))
        if recorded:
            step["parameters"] = self.parameter_arrays()
        return step
