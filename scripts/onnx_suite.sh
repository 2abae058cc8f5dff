#!/bin/sh
# Usage: scripts/onnx_suite.sh FOLDER
# Writes ONNX's conformance suite to FOLDER/suite: fetches onnx from PyPI into the virtual
# environment FOLDER/venv, which generates the tests. Does nothing where that was done before.
set -eu
cd "$(dirname "$0")/.."

if [ $# -ne 1 ]; then
  echo "usage: scripts/onnx_suite.sh FOLDER" >&2
  exit 2
fi
# Other versions have other tests, and other numpy versions other random inputs.
packages="onnx==1.23.2 numpy==2.4.6 ml_dtypes==0.6.0 pillow==13.0.0"

if [ -f "$1/suite/index.json" ] && [ "$(cat "$1/packages" 2>/dev/null)" = "$packages" ]; then
  exit 0
fi
rm -rf "$1/venv" "$1/suite" "$1/packages"
python3 -m venv "$1/venv"
# shellcheck disable=SC2086  # a list of words
"$1/venv/bin/pip" install --quiet --disable-pip-version-check $packages
"$1/venv/bin/python" scripts/make_onnx_suite.py "$1/suite"
echo "$packages" > "$1/packages"
