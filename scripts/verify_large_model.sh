#!/bin/sh
# Usage: scripts/verify_large_model.sh FOLDER [GIBIBYTES]
# Makes a model of so much random external data (6) in FOLDER, which needs five times that, converts
# it from ONNX to ONNX and JSON and from JSON to ONNX, and prints for each step the time, beside that
# of `cp`, and the most memory that it took beyond mapped files. Ends with 1 where that is above half
# a gibibyte or a file is not what it should be. The files are removed.
set -eu
cd "$(dirname "$0")/.."

if [ $# -lt 1 ]; then
  echo "usage: scripts/verify_large_model.sh FOLDER [GIBIBYTES]" >&2
  exit 2
fi
folder=$1
mkdir -p "$folder"
if [ -z "${PYTHON:-}" ]; then
  scripts/python_environment.sh "$folder" venv onnx==1.23.2 numpy==2.4.6
  PYTHON=$folder/venv/bin/python
fi
exec "$PYTHON" scripts/verify_large_model.py "$folder" "${2:-6}" build/release/cli/twingrad
