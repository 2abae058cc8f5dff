#!/bin/sh
# Usage: scripts/verify_exports.sh FOLDER [pytorch|tensorflow|keras|jax]...
# Installs the frameworks from PyPI into FOLDER (outside of the source tree: gigabytes), writes every
# model of the reference bundles, and every FOLDER/models/*.onnx, as code with
# build/release/cli/twingrad, runs it under the framework, and compares outputs and all gradients
# with what the bundles have on record, for other models with twingrad's own. A line for each case.
# Where a bundle in float32 differs by more than its tolerance, the same model and code in float64
# decide. tensorflow is Keras where a model is layers, keras is nothing else.
# TWINGRAD_BUNDLES names another folder of bundles; TWINGRAD_PYTHON an interpreter that has all that
# is needed, in the place of the installed ones.
set -eu
cd "$(dirname "$0")/.."

if [ $# -lt 1 ]; then
  echo "usage: scripts/verify_exports.sh FOLDER [pytorch|tensorflow|keras|jax]..." >&2
  exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- pytorch jax tensorflow
bundles=${TWINGRAD_BUNDLES:-testdata/references/models}
twingrad=build/release/cli/twingrad
export TF_CPP_MIN_LOG_LEVEL=3

# install NAME PACKAGE...: a virtual environment with these packages and no others
install() {
  scripts/python_environment.sh "$folder" "$@"
  python=$folder/$1/bin/python
}

interpreter_of() {
  python=${TWINGRAD_PYTHON:-}
  [ -z "$python" ] || return 0
  case $1 in
    pytorch) install pytorch torch==2.15.0 numpy==2.4.6 safetensors==0.8.0 ;;
    jax) install jax jax==0.10.2 numpy==2.4.6 safetensors==0.8.0 ;;
    tensorflow | keras) install tensorflow tensorflow-cpu==2.21.0 numpy==2.4.6 safetensors==0.8.0 ;;
    *)
      echo "error: unknown framework '$1': expected pytorch, tensorflow, keras or jax" >&2
      exit 2
      ;;
  esac
}

failed=0
for framework in "$@"; do
  interpreter_of "$framework"
  code=$folder/code/$framework
  rm -rf "$code"
  mkdir -p "$code"
  for model in "$bundles"/*/*.onnx; do
    bundle=$(dirname "$model")
    name=$(basename "$bundle").$(basename "$model" .onnx)
    if ! "$twingrad" convert "$model" "$code/$name.py" --to "$framework"; then
      failed=1
      continue
    fi
    status=0
    "$python" -B parity/source_check/verify_source.py "$framework" "$code/$name.py" "$bundle" \
      "$(basename "$model")" || status=$?
    [ $status -ne 0 ] || continue
    if [ $status -eq 1 ] && grep -q '"precision": "float32"' "$bundle/manifest.json"; then
      echo "$name: float64 decides"
      "$twingrad" convert "$model" "$code/$name.py" --to "$framework" --force \
        --precision float64 --verify-with "python=$python" && continue
    fi
    failed=1
  done
  for model in "$folder"/models/*.onnx; do
    [ -e "$model" ] || continue
    "$twingrad" convert "$model" "$code/$(basename "$model" .onnx).py" --to "$framework" \
      --verify-with "python=$python" || failed=1
  done
done
exit $failed
