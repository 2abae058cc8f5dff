"""graph-models: frozen Keras models and functions, with If and While and with few bits."""
import json

import numpy as np

from . import conversion  # first: it prepares what the converter imports

import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

from capture.bundle import Bundle  # noqa: E402

from . import layers_models  # noqa: E402
from .graph_runner import GraphRunner  # noqa: E402


def bundle_of(name, files, cases, expected, tolerance):
    """`cases`: by name the inputs; `expected(inputs)` is the original's first output."""
    files = conversion.compact(files)
    runner = GraphRunner(files, conversion.read_weights(files))
    bundle = Bundle("tensorflow", tf.__version__, "float32", "tensorflow",
                    script="scripts/record_tfjs.py")
    bundle.models.update({path: data for path, data in files.items() if path != "model.json"})
    parameters = {n: c for n, c in runner.constants.items() if c.dtype.is_floating}
    for case, inputs in cases.items():
        random = np.random.default_rng(7)
        values = {key: tf.constant(value) for key, value in inputs.items()}
        wanted = {**parameters, **{k: v for k, v in values.items() if v.dtype.is_floating}}
        with tf.GradientTape() as tape:
            tape.watch(list(wanted.values()))
            outputs = runner.run(values)
            floats = {k: y for k, y in outputs.items() if y.dtype.is_floating}
            cotangents = {k: random.standard_normal(y.shape).astype(np.float32)
                          for k, y in floats.items()}
            total = tf.add_n([tf.reduce_sum(y * cotangents[k]) for k, y in floats.items()])
        found = tape.gradient(total, wanted)
        gradients = {k: tf.convert_to_tensor(g).numpy() for k, g in found.items()
                     if g is not None and wanted[k].shape.rank > 0}
        original = expected(values)
        np.testing.assert_allclose(list(outputs.values())[0], original, tolerance, tolerance)
        bundle.add_case(f"{name}/{case}", bundle.add_model("model.json", files["model.json"]),
                        tags=["tfjs", "graph-model"], inputs=inputs,
                        outputs={k: y.numpy() for k, y in outputs.items()},
                        cotangents=cotangents, gradients=gradients)
    return bundle


def placeholders(files):
    signature = json.loads(files["model.json"])["signature"]
    return {key.split(":")[0]: entry["name"].split(":")[0]
            for key, entry in signature["inputs"].items()}


def first_output(files):
    return list(json.loads(files["model.json"])["signature"]["outputs"])[0].split(":")[0]


def result_called(name, result):
    """A result of a function by the name in the signature: its own, or Identity_NUMBER."""
    if not isinstance(result, dict) or name in result:
        return result[name] if isinstance(result, dict) else result
    number = name.removeprefix("Identity").removeprefix("_")
    return result[sorted(result)[int(number or 0)]]


def keras_sample(build, inputs, flags=(), tolerance=1e-4):
    def record(name):
        tf_keras.utils.set_random_seed(1)
        tf_keras.backend.clear_session()
        model = layers_models.with_drawn_weights(build(tf_keras.layers, tf_keras), 3)
        files = conversion.converted(
            lambda path: model.export(path), "",
            ["--input_format", "tf_saved_model", "--output_format", "tfjs_graph_model", *flags])
        values = inputs(np.random.default_rng(5))
        names = list(placeholders(files).values())
        case = dict(zip(names, values))
        return bundle_of(name, files, {"a": case},
                         lambda tensors: model(tensors[names[0]], training=False), tolerance)
    return record


def function_sample(make, cases, flags=(), tolerance=1e-4, as_it_is=False):
    """`make()` is a module with `__call__` as a tf.function of a signature; `cases` by name are
    arguments by name."""
    def record(name):
        tf.random.set_seed(1)
        module = make()
        concrete = module.__call__.get_concrete_function()
        files = conversion.frozen_as_it_is(concrete) if as_it_is else conversion.converted(
            lambda path: tf.saved_model.save(module, path, signatures=concrete), "",
            ["--input_format", "tf_saved_model", "--output_format", "tfjs_graph_model", *flags])
        names = placeholders(files)
        named = {case: {names[k]: v for k, v in arguments.items()}
                 for case, arguments in cases(np.random.default_rng(5)).items()}

        def expected(tensors):
            result = module(**{k: tensors[n] for k, n in names.items()})
            return result_called(first_output(files), result)
        return bundle_of(name, files, named, expected, tolerance)
    return record


def spec(*shape, dtype=tf.float32, name=None):
    return tf.TensorSpec(shape, dtype, name)


def drawn(random, *shape, scale=0.5):
    return (scale * random.standard_normal(shape)).astype(np.float32)


def cnn(layers, library):
    return library.Sequential([
        layers.Input((9, 8, 3)), layers.Conv2D(4, 3, strides=2, padding="same"),
        layers.BatchNormalization(), layers.ReLU(6.0),
        layers.DepthwiseConv2D(3, padding="same"), layers.BatchNormalization(), layers.ReLU(),
        layers.Conv2D(5, 1), layers.PReLU(shared_axes=[1, 2]),
        layers.Conv2D(4, 2, padding="same", activation="elu"), layers.MaxPooling2D(2, padding="same"),
        layers.Flatten(), layers.Dense(6, activation="relu"), layers.Dense(3, activation="softmax")])


def decoder(layers, library):
    return library.Sequential([
        layers.Input((5,)), layers.Dense(12, activation="sigmoid"), layers.Reshape((2, 2, 3)),
        layers.Conv2DTranspose(4, 3, strides=2, padding="same"), layers.LeakyReLU(0.1),
        layers.UpSampling2D(interpolation="bilinear"), layers.Conv2DTranspose(2, 3, strides=3),
        layers.LayerNormalization(), layers.UpSampling2D(), layers.AveragePooling2D(3, 2, "same")])


def recurrent(layers, library):
    x = layers.Input((6, 3))
    y = layers.LSTM(4, return_sequences=True)(x)
    y = layers.GRU(2, go_backwards=True)(y)
    return library.Model(x, layers.Dense(2)(y))


class Control(tf.Module):
    """A branch on data and a loop whose number of turns depends on data, both with weights."""

    def __init__(self):
        super().__init__()
        random = np.random.default_rng(3)
        self.w = tf.Variable(drawn(random, 4, 4))
        self.v = tf.Variable(drawn(random, 4, 4))
        self.b = tf.Variable(drawn(random, 4))

    @tf.function(input_signature=[spec(None, 4, name="x"), spec(dtype=tf.int32, name="turns")])
    def __call__(self, x, turns):
        def body(i, y):
            return i + 1, tf.tanh(tf.matmul(y, self.w) + self.b)

        _, y = tf.while_loop(lambda i, y: tf.logical_and(i < turns, tf.reduce_sum(y * y) < 50.0),
                             body, (0, x))
        z = tf.cond(tf.reduce_sum(x) > 0.0, lambda: tf.matmul(y, self.v) - 1.0,
                    lambda: tf.nn.softplus(y) * self.b)
        return z + x


def control_cases(random):
    x = np.abs(drawn(random, 3, 4))
    return {"then": {"x": x, "turns": np.int32(3)}, "else": {"x": -x, "turns": np.int32(2)},
            "no_turn": {"x": x, "turns": np.int32(0)}}


class Shapes(tf.Module):
    """Slicing, joining and reductions."""

    def __init__(self):
        super().__init__()
        random = np.random.default_rng(3)
        self.w = tf.Variable(drawn(random, 6, 5))
        self.table = tf.Variable(drawn(random, 7, 3))

    @tf.function(input_signature=[spec(None, 4, 6, name="x"), spec(None, dtype=tf.int32, name="i")])
    def __call__(self, x, i):
        y = tf.einsum("btd,dk->btk", x, self.w)
        a, b = tf.split(y, [2, 3], axis=-1)
        c = tf.concat([y[:, ::-1, 1:4], tf.tile(a[:, 1:2, :1], [1, 4, 3])], axis=2)
        d = tf.gather(self.table, i) * tf.cast(tf.one_hot(i, 3, 2.0, 0.5), tf.float32)
        e = tf.pad(b, [[0, 0], [1, 2], [0, 0]]) + tf.pad(b, [[0, 0], [2, 1], [0, 0]], "REFLECT")
        e = tf.pad(e, [[0, 0], [1, 1], [2, 1]], "SYMMETRIC")
        top, where = tf.math.top_k(tf.reshape(x, [tf.shape(x)[0], 24]), 3)
        s = tf.stack([tf.reduce_max(c, axis=[1, 2]), tf.reduce_mean(e, axis=[1, 2])], axis=1)
        u = tf.unstack(s, axis=1)[1][:, tf.newaxis]
        f = tf.transpose(tf.cumsum(c, axis=1, exclusive=True, reverse=True), [0, 2, 1])
        g = tf.where(f > 0.1, tf.math.log1p(tf.square(f)), tf.math.expm1(f))
        g = tf.math.squared_difference(g, tf.math.floormod(f, 0.7))
        h = tf.reduce_prod(1.0 + 0.1 * g, axis=-1)
        m = tf.math.atan2(h, 1.0 + tf.abs(h)) + tf.math.rsqrt(1.0 + h * h)
        band = tf.linalg.band_part(tf.matmul(x, x, transpose_b=True), 1, 0)
        norm = tf.norm(band, axis=[1, 2])[:, tf.newaxis]
        return {"joined": tf.concat([m, s, u, d, top, norm], axis=1),
                "where": where, "any": tf.reduce_any(x > 1.0, axis=[1, 2])}


def shapes_cases(random):
    return {"a": {"x": drawn(random, 3, 4, 6), "i": np.array([2, 0, 6], np.int32)}}


class Images(tf.Module):
    """Resizing, pooling and rearranging of images."""

    def __init__(self):
        super().__init__()
        random = np.random.default_rng(3)
        self.filter = tf.Variable(drawn(random, 3, 2, 4, 4))
        self.alpha = tf.Variable(np.abs(drawn(random, 4)))

    @tf.function(input_signature=[spec(None, 6, 5, 4, name="image")])
    def __call__(self, image):
        a = tf.nn.conv2d(image, self.filter, 1, [[0, 0], [2, 1], [1, 0], [0, 0]])
        a = tf.space_to_batch(a, [2, 3], [[0, 1], [2, 2]])
        a = tf.batch_to_space(tf.tanh(a), [2, 3], [[1, 1], [0, 1]])
        b = tf.compat.v1.image.resize_bilinear(a, [7, 6], align_corners=True)
        c = tf.image.resize(image, [7, 6], "nearest") + tf.image.resize(image, [7, 6])
        d = tf.nn.relu(b + c)
        d = d - self.alpha * tf.nn.relu(-(b + c))
        e = tf.nn.depth_to_space(tf.nn.avg_pool2d(d, 3, 2, "SAME"), 2)
        f = tf.nn.local_response_normalization(d, 2, 1.0, 0.2, 0.75)
        g = tf.nn.space_to_depth(f[:, :6, :, :], 2)
        return {"left": e, "right": tf.nn.max_pool2d(g, 2, 1, "VALID")}


def image_cases(random):
    return {"a": {"image": drawn(random, 2, 6, 5, 4)}}


def images(random):
    return [drawn(random, 2, 9, 8, 3, scale=1)]


def steps(random):
    return [drawn(random, 2, 6, 3, scale=1)]


def codes(random):
    return [drawn(random, 2, 5, scale=1)]


SAMPLES = {
    "graph_cnn": keras_sample(cnn, images),
    "graph_decoder": keras_sample(decoder, codes),
    "graph_recurrent": keras_sample(recurrent, steps, ["--control_flow_v2", "True"]),
    "graph_control": function_sample(Control, control_cases, ["--control_flow_v2", "True"]),
    "graph_shapes": function_sample(Shapes, shapes_cases),
    "graph_images": function_sample(Images, image_cases, ["--skip_op_check"]),
    "graph_uint8": keras_sample(cnn, images, ["--quantize_uint8", "*"], 1),
    "graph_uint16": keras_sample(cnn, images, ["--quantize_uint16", "*"], 1e-2),
    "graph_float16": keras_sample(decoder, codes, ["--quantize_float16", "*"], 1e-2),
}
