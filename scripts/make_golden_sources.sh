#!/bin/sh
# Usage: scripts/make_golden_sources.sh
# Writes the code in testdata/source anew with build/release/cli/twingrad.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
models=testdata/references/models
for framework in pytorch tensorflow jax; do
  mkdir -p "testdata/source/$framework"
  # convert MODEL NAME
  convert() {
    build/release/cli/twingrad convert "$models/$1" "$work/$2.py" --to $framework --force
    cp "$work/$2.py" "testdata/source/$framework/$2.py"
  }
  convert digits-cnn-float32/digits_cnn_float32_training.onnx digits_cnn
  convert autoencoder/autoencoder_training.onnx autoencoder
  convert mlp-torch/mlp_classifier.onnx classifier
done
