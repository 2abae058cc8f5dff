#!/usr/bin/env python3
"""Makes the models and bundles of testdata/tfjs: small TensorFlow.js models, converted by
TensorFlow's own converter, with the outputs and gradients that TensorFlow computes.

    python3 scripts/record_tfjs.py testdata/tfjs [NAME...]

Needs tensorflow, tf_keras (Keras 2), keras (Keras 3), h5py and tensorflowjs; the last may be
installed without what it depends on (pip install --no-deps tensorflowjs tensorflow_hub).
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from tfjs_samples import graph_models, layers_models, operator_models  # noqa: E402


def main():
    target, wanted = sys.argv[1], set(sys.argv[2:])
    samples = {**layers_models.SAMPLES, **graph_models.SAMPLES, **operator_models.SAMPLES}
    for name, record in samples.items():
        if wanted and name not in wanted:
            continue
        record(name).write(os.path.join(target, name), replace=True)
        print(name, flush=True)


if __name__ == "__main__":
    main()
