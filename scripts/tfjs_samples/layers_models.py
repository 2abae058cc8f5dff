"""layers-models of Keras 2 and Keras 3."""
import json

import numpy as np

from . import conversion  # first: it prepares what the converter imports

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras  # noqa: E402

from capture.bundle import Bundle  # noqa: E402


def with_drawn_weights(model, seed):
    """Small normal numbers in every weight; variances and scales near 1."""
    random = np.random.default_rng(seed)
    for variable in model.weights:
        values = 0.4 * random.standard_normal(variable.shape)
        last = variable.name.split("/")[-1]
        if last.startswith(("gamma", "moving_variance")):
            values = 1 + 0.3 * np.tanh(values)
        variable.assign(values.astype(np.float32))
    return model


def weight_names(model, weights):
    """The names in the manifest of the model's variables: the weights of equal values."""
    names = {}
    for name, value in weights.items():
        found = [v for v in model.weights if np.array_equal(np.asarray(v), value)]
        assert len(found) == 1, name
        names[name] = found[0]
    assert len(names) == len(model.weights)
    return names


def tensor_of(variable):
    return getattr(variable, "value", variable) if hasattr(variable, "path") else variable


def bundle_of(name, model, files, inputs, input_names, output_names):
    files = conversion.compact(files)
    names = weight_names(model, conversion.read_weights(files))
    values = [tf.constant(value) for value in inputs]
    random = np.random.default_rng(7)
    with tf.GradientTape() as tape:
        for value in values:
            tape.watch(value)
        outputs = model(values if len(values) > 1 else values[0], training=False)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        cotangents = [random.standard_normal(y.shape).astype(np.float32) for y in outputs]
        total = tf.add_n([tf.reduce_sum(y * c) for y, c in zip(outputs, cotangents)])
    variables = [tensor_of(v) for v in names.values()]
    floats = [i for i, value in enumerate(values) if value.dtype.is_floating]
    wanted = dict(zip([*names, *(input_names[i] for i in floats)],
                      tape.gradient(total, variables + [values[i] for i in floats])))
    gradients = {key: None if g is None else tf.convert_to_tensor(g).numpy()
                 for key, g in wanted.items()}
    # What is not trained has no place in a sweep over parameters.
    gradients = {key: g for key, g in gradients.items() if "moving_" not in key and
                 not (g is None and key in names)}
    bundle = Bundle("tensorflow", tf.__version__, "float32", "tensorflow",
                    script="scripts/record_tfjs.py")
    bundle.models.update({path: data for path, data in files.items() if path != "model.json"})
    bundle.add_case(name, bundle.add_model("model.json", files["model.json"]),
                    tags=["tfjs", "layers-model"],
                    inputs=dict(zip(input_names, inputs)),
                    outputs={key: y.numpy() for key, y in zip(output_names, outputs)},
                    cotangents=dict(zip(output_names, cotangents)), gradients=gradients)
    return bundle


def end_names(files):
    """The layers that a functional model has as inputs and outputs."""
    topology = json.loads(files["model.json"])["modelTopology"]
    config = topology["model_config"]["config"]
    ends = []
    for key in ("input_layers", "output_layers"):
        listed = config[key] if isinstance(config[key][0], list) else [config[key]]
        ends.append([layer if call == 0 else f"{layer}:{call}" for layer, call, _ in listed])
    return ends


def sample(library, build, inputs, shards=None):
    """`build(layers, library)` makes the model; `inputs(random)` are its inputs."""
    def record(name):
        library.utils.set_random_seed(1)
        library.backend.clear_session()
        model = with_drawn_weights(build(library.layers, library), 3)
        old = library is tf_keras
        flags = ["--input_format", "keras" if old else "keras_keras",
                 "--output_format", "tfjs_layers_model"]
        if shards:
            flags += ["--weight_shard_size_bytes", str(shards)]
        files = conversion.converted(model.save, ".h5" if old else ".keras", flags)
        sequential = isinstance(model, library.Sequential)
        values = inputs(np.random.default_rng(5))
        input_names, outputs = (["input"], ["output"]) if sequential else end_names(files)
        return bundle_of(name, model, files, values, input_names, outputs)
    return record


def normal(*shape):
    return lambda random: [random.standard_normal(shape).astype(np.float32)]


def several(*shapes):
    return lambda random: [random.standard_normal(s).astype(np.float32) for s in shapes]


def mlp(layers, library):
    return library.Sequential([
        layers.Input((5,)), layers.Dense(7, activation="elu"), layers.Dropout(0.3),
        layers.Dense(6, activation="gelu"), layers.Dense(4, use_bias=False),
        layers.Activation("swish"), layers.Dense(3, activation="softmax")])


def cnn(layers, library):
    return library.Sequential([
        layers.Input((7, 6, 2)), layers.Conv2D(4, 3, strides=2, padding="same"),
        layers.BatchNormalization(), layers.ReLU(), layers.Conv2D(5, (2, 3), padding="valid"),
        layers.BatchNormalization(scale=False, epsilon=1e-2), layers.MaxPooling2D(2, 1, "same"),
        layers.AveragePooling2D(2, 1, padding="same"), layers.Flatten(), layers.Dense(3)])


def mobile(layers, library):
    return library.Sequential([
        layers.Input((8, 9, 3)), layers.ZeroPadding2D(((0, 1), (1, 0))),
        layers.Conv2D(4, 3, strides=2, use_bias=False), layers.BatchNormalization(),
        layers.ReLU(6.0), layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
        layers.BatchNormalization(center=False), layers.LeakyReLU(0.2),
        layers.SeparableConv2D(6, 3, padding="same", activation="tanh"),
        layers.GlobalAveragePooling2D(), layers.Dense(4, activation="sigmoid")])


def gru(layers, library):
    return library.Sequential([
        layers.Input((6, 3)), layers.GRU(4, return_sequences=True),
        layers.GRU(5, reset_after=False, return_sequences=True, go_backwards=True,
                   recurrent_activation="hard_sigmoid"),
        layers.SimpleRNN(3, return_sequences=True, activation="relu"),
        layers.GRU(2, activation="softsign")])


def lstm(layers, library):
    return library.Sequential([
        layers.Input((5, 3)), layers.LSTM(4, return_sequences=True),
        layers.LSTM(3, use_bias=False, activation="gelu", return_sequences=True),
        layers.LSTM(2, recurrent_activation="hard_sigmoid")])


def bidirectional(layers, library):
    x = layers.Input((6, 3), name="sequence")
    y = layers.Bidirectional(layers.GRU(3, return_sequences=True), name="both")(x)
    z = layers.Bidirectional(layers.LSTM(2), merge_mode="sum", name="summed")(y)
    w = layers.Bidirectional(layers.LSTM(2, return_sequences=True), merge_mode="ave")(y)
    w = layers.TimeDistributed(layers.Dense(2, activation="tanh"), name="each")(w)
    return library.Model(x, [z, w])


def attention(layers, library):
    words = layers.Input((7,), dtype="int32", name="words")
    x = layers.Embedding(11, 6, mask_zero=True)(words)
    y = layers.MultiHeadAttention(2, 3, name="heads")(x, x)
    x = layers.LayerNormalization()(layers.Add()([x, y]))
    z = layers.Attention(use_scale=True)([x, x])
    z = layers.Dense(5, activation="gelu")(z)
    z = layers.GlobalAveragePooling1D()(z)
    return library.Model(words, layers.Dense(3)(z))


def masked(layers, library):
    words = layers.Input((6,), name="words")
    x = layers.Embedding(9, 4, mask_zero=True)(words)
    x = layers.LSTM(3, return_sequences=True)(x)
    x = layers.Bidirectional(layers.GRU(2, return_sequences=True))(x)
    x = layers.GRU(3)(x)
    return library.Model(words, layers.Dense(2, name="result")(x))


def word_numbers(size):
    def make(random):
        words = random.integers(1, size, (3, 7 if size == 11 else 6))
        words[0, 4:] = 0
        words[1, :2] = 0
        words[2, 3] = 0
        return [words.astype(np.int32 if size == 11 else np.float32)]
    return make


def functional(layers, library):
    a, b = layers.Input((4,), name="left"), layers.Input((4,), name="right")
    shared = layers.Dense(5, activation="tanh", name="shared")
    inner = library.Sequential([layers.Input((5,)), layers.Dense(5, activation="relu"),
                                layers.Dense(5)], name="inner")
    p, q = shared(a), shared(b)
    r = inner(p)
    merged = [layers.Add()([p, q, r]), layers.Multiply()([p, q]), layers.Average()([q, r]),
              layers.Maximum()([p, r]), layers.Minimum()([q, r]), layers.Subtract()([p, q]),
              layers.Dot(axes=1)([p, q])]
    y = layers.Concatenate(name="joined")(merged)
    y = layers.Reshape((-1, 31))(y)
    y = layers.Permute((2, 1))(y)
    y = layers.Flatten()(y)
    first = layers.Dense(3, name="first")(y)
    second = layers.Dense(2, activation="softplus", name="second")(inner(q))
    return library.Model([a, b], [first, second])


def unet(layers, library):
    x = layers.Input((8, 8, 2), name="image")
    a = layers.Conv2D(3, 3, padding="same", activation="relu")(x)
    b = layers.Conv2D(4, 3, strides=2, padding="same", activation="swish")(a)
    c = layers.Conv2D(4, 3, padding="same", dilation_rate=2)(layers.MaxPooling2D()(b))
    d = layers.Conv2DTranspose(4, 3, strides=2, padding="same", activation="elu")(c)
    d = layers.Concatenate()([d, b])
    e = layers.UpSampling2D()(layers.Conv2D(3, 1)(d))
    f = layers.UpSampling2D(interpolation="bilinear")(layers.Conv2DTranspose(3, 1)(d))
    g = layers.Concatenate()([a, e, f])
    h = layers.Conv2DTranspose(2, (2, 4), strides=(3, 2))(g)
    return library.Model(x, layers.Cropping2D(((1, 2), (0, 1)), name="mask")(h))


def sequences(layers, library):
    return library.Sequential([
        layers.Input((10, 3)), layers.Conv1D(4, 3, padding="causal", dilation_rate=2),
        layers.PReLU(), layers.SpatialDropout1D(0.2), layers.AveragePooling1D(3, 2, "same"),
        layers.UpSampling1D(3), layers.ZeroPadding1D((1, 2)), layers.SeparableConv1D(5, 3),
        layers.MaxPooling1D(2), layers.Conv1DTranspose(3, 3, strides=2, padding="same"),
        layers.LayerNormalization(epsilon=1e-2), layers.Cropping1D(1), layers.GaussianNoise(0.1),
        layers.GlobalMaxPooling1D(), layers.RepeatVector(2), layers.ELU(0.7),
        layers.Softmax()])


def volumes(layers, library):
    x = layers.Input((4, 5, 4, 2), name="volume")
    a = layers.Conv3D(3, 2, strides=(1, 2, 1), padding="same", activation="tanh")(x)
    a = layers.SpatialDropout3D(0.1)(layers.ZeroPadding3D((0, (1, 0), 1))(a))
    b = layers.MaxPooling3D(2, 1)(a)
    c = layers.AveragePooling3D(2, 1, "same")(a)
    c = layers.Conv3DTranspose(2, 2, strides=2, padding="same")(layers.Cropping3D(1)(c))
    d = layers.UpSampling3D((1, 2, 1))(c)
    ends = [layers.GlobalAveragePooling3D()(b), layers.GlobalMaxPooling3D()(d)]
    return library.Model(x, layers.Concatenate(name="ends")(ends))


def groups(layers, library):
    x = layers.Input((5, 4, 6), name="image")
    y = layers.GroupNormalization(3, epsilon=1e-2)(layers.Conv2D(6, 2, padding="same")(x))
    z = layers.Resizing(7, 3)(y)
    w = layers.Resizing(7, 3, interpolation="nearest")(layers.GroupNormalization(-1)(y))
    return library.Model(x, layers.Multiply(name="product")([z, w]))


def odds(layers, library):
    x = layers.Input((6, 3), name="steps")
    a = layers.Rescaling(0.5, 0.1)(x)
    a = layers.ActivityRegularization(0.1)(layers.GaussianDropout(0.2)(layers.AlphaDropout(0.1)(a)))
    b = layers.DepthwiseConv1D(2, depth_multiplier=2, activation="selu")(a)
    c = layers.AdditiveAttention()([b, b])
    d = layers.UnitNormalization()(c)
    e = layers.Dot(axes=(2, 2), normalize=True)([d, b])
    f = layers.Reshape((5, 5, 1))(e)
    g = layers.GlobalMaxPooling2D()(layers.SpatialDropout2D(0.1)(f))
    h = layers.Dense(4, activation="softsign")(layers.Flatten()(e))
    h = layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2)(h)
    k = layers.Dense(4, activation="exponential")(h)
    m = layers.ReLU(max_value=1.2)(layers.Dense(4, activation="hard_sigmoid")(k))
    n = layers.Activation("log_softmax" if library is keras else "softmax")(m)
    return library.Model(x, layers.Concatenate(name="all")([g, h, k, m, n]))


def activations(layers, library):
    x = layers.Input((4,), name="numbers")
    y = layers.Dense(5)(x)
    names = ["relu", "relu6", "elu", "celu", "selu", "leaky_relu", "sigmoid", "log_sigmoid",
             "hard_sigmoid", "softmax", "log_softmax", "softplus", "softsign", "tanh", "silu",
             "hard_silu", "gelu", "mish", "exponential", "linear"]
    return library.Model(x, layers.Concatenate(name="all")(
        [layers.Activation(name)(y) for name in names]))


def operations(layers, library):
    ops = library.ops
    x = layers.Input((4, 3), name="numbers")
    y = layers.Dense(3)(x)
    p = ops.square(y) + 0.5
    z = (y - 1.0) * 2.0 / p + ops.exp(-p) + ops.log(p) + ops.sqrt(p) + ops.absolute(y)
    z = z + ops.sin(y) * ops.cos(y) + ops.tanh(y) + ops.sigmoid(y) + ops.relu(y) + p ** 1.5
    z = z + ops.sum(y, axis=[1, 2], keepdims=True) - ops.mean(y, axis=1, keepdims=True)
    z = z * ops.max(y, axis=-1, keepdims=True) - ops.min(y, axis=2, keepdims=True)
    m = ops.matmul(z, layers.Permute((2, 1))(x)) + ops.prod(y, axis=[-1], keepdims=True)
    return library.Model(x, layers.Dense(2, name="result")(layers.Identity()(m)))


def masking(layers, library):
    x = layers.Input((5, 3), name="steps")
    y = layers.Masking(0.0)(x)
    y = layers.LSTM(3, return_sequences=True)(y)
    y = layers.TimeDistributed(layers.Dense(2, activation="relu"), name="each")(y)
    state = layers.GRU(4, return_state=True, name="encoder")(y)
    again = layers.GRU(4, name="decoder")(x, initial_state=state[1])
    return library.Model(x, layers.Add(name="sum")([state[0], again]))


def padded_steps(random):
    steps = random.standard_normal((3, 5, 3)).astype(np.float32)
    steps[0, 3:] = 0
    steps[1, 1] = 0
    return [steps]


SAMPLES = {
    "volumes_keras2": sample(tf_keras, volumes, normal(2, 4, 5, 4, 2)),
    "groups_keras2": sample(tf_keras, groups, normal(2, 5, 4, 6)),
    "groups_keras3": sample(keras, groups, normal(2, 5, 4, 6)),
    "odds_keras2": sample(tf_keras, odds, normal(2, 6, 3)),
    "odds_keras3": sample(keras, odds, normal(2, 6, 3)),
    "activations_keras3": sample(keras, activations, normal(3, 4)),
    "operations_keras3": sample(keras, operations, normal(2, 4, 3)),
    "masking_keras2": sample(tf_keras, masking, padded_steps),
    "masking_keras3": sample(keras, masking, padded_steps),
    "mlp_keras2": sample(tf_keras, mlp, normal(4, 5)),
    "mlp_keras3": sample(keras, mlp, normal(4, 5)),
    "cnn_keras2": sample(tf_keras, cnn, normal(2, 7, 6, 2), shards=300),
    "cnn_keras3": sample(keras, cnn, normal(2, 7, 6, 2)),
    "mobile_keras2": sample(tf_keras, mobile, normal(2, 8, 9, 3)),
    "gru_keras2": sample(tf_keras, gru, normal(3, 6, 3)),
    "gru_keras3": sample(keras, gru, normal(3, 6, 3)),
    "lstm_keras2": sample(tf_keras, lstm, normal(3, 5, 3)),
    "lstm_keras3": sample(keras, lstm, normal(3, 5, 3)),
    "bidirectional_keras2": sample(tf_keras, bidirectional, normal(2, 6, 3)),
    "bidirectional_keras3": sample(keras, bidirectional, normal(2, 6, 3)),
    "attention_keras3": sample(keras, attention, word_numbers(11)),
    "masked_keras2": sample(tf_keras, masked, word_numbers(9)),
    "masked_keras3": sample(keras, masked, word_numbers(9)),
    "functional_keras2": sample(tf_keras, functional, several((3, 4), (3, 4))),
    "functional_keras3": sample(keras, functional, several((3, 4), (3, 4))),
    "unet_keras3": sample(keras, unet, normal(2, 8, 8, 2)),
    "unet_keras2": sample(tf_keras, unet, normal(2, 8, 8, 2)),
    "sequences_keras2": sample(tf_keras, sequences, normal(2, 10, 3)),
}
