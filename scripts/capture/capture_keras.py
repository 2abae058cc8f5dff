#!/usr/bin/env python3
"""Records what Keras computes from a model as a bundle for `twingrad check`. See --help."""
import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from capture import options as shared  # noqa: E402
from capture.bundle import Bundle  # noqa: E402
from capture.cases import add_cases  # noqa: E402
from capture.errors import CaptureError, run, short  # noqa: E402

EXAMPLE = """  capture_keras.py model.py:make_cnn --inputs images.npz -o cnn --intermediates \\
      --steps 3 --optimizer adam --set learning_rate=0.001"""
ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3",
               "CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "0"}


def main():
    parser = shared.shared_parser("capture_keras.py", "Keras (on TensorFlow)", EXAMPLE)
    parser.add_argument("--weights", metavar="FILE", help="to load: .weights.h5 or .keras")
    options = shared.parse(parser)
    os.environ.update(ENVIRONMENT)
    try:
        import keras
        import onnx  # noqa: F401
        import tensorflow as tf
    except ImportError as error:
        raise CaptureError("needs the packages tensorflow, keras, onnx and numpy: "
                           f"{short(error)}") from error
    from capture.keras_subject import Subject
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    bundle = Bundle("tensorflow", tf.__version__, options.precision, "tensorflow", threads=1,
                    keras=keras.__version__, script="capture_keras.py", factory=options.factory,
                    seed=options.seed)
    add_cases(bundle, Subject(options), options)
    return shared.finish(bundle, options)


if __name__ == "__main__":
    run(main)
