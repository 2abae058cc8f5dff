"""Models that scripts/verify_capture.sh captures with Keras."""
import keras
from keras import layers


def make_cnn(classes=4, dropout=0.25, activation="gelu"):
    x = inputs = keras.Input((12, 12, 3), name="x")
    x = layers.Conv2D(8, 3, padding="same", use_bias=False, name="conv1")(x)
    x = layers.BatchNormalization(name="norm1")(x)
    x = layers.ReLU(name="relu1")(x)
    x = layers.MaxPooling2D(2, name="pool1")(x)
    y = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    y = layers.LayerNormalization(name="norm2")(y)
    x = layers.Add(name="add")([x, layers.Activation(activation, name="act")(y)])
    x = layers.Conv2D(12, 3, strides=2, padding="same", activation="silu", name="conv2")(x)
    x = layers.Dropout(dropout, name="drop1")(layers.Flatten(name="flat")(x))
    x = layers.Dense(16, activation="tanh", name="hidden")(x)
    x = layers.Dropout(dropout, name="drop2")(x)
    return keras.Model(inputs, layers.Dense(classes, name="logits")(x), name="cnn")


def make_mlp(classes=3):
    return keras.Sequential([keras.Input((6,), name="x"), layers.Dense(16, "relu", name="hidden"),
                             layers.Dense(classes, name="logits")], name="mlp")
