#!/bin/sh
# From a fresh Debian 12 to the first answer: installs what is missing, builds, and compares the
# gradients of the first examples and of a small network with those that PyTorch and TensorFlow
# recorded. Can be run again; asks nothing.
set -eu
cd "$(dirname "$0")/.."

scripts/setup.sh
scripts/build.sh release twingrad
exec build/release/cli/twingrad check \
  testdata/references/seed testdata/references/models/digits-cnn-float32
