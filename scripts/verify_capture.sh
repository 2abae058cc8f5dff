#!/bin/sh
# Usage: scripts/verify_capture.sh FOLDER [torch|keras|jax]...
# Installs the frameworks from PyPI into FOLDER (outside of the source tree: gigabytes), captures
# real models with scripts/capture, and checks the bundles with build/release/cli/twingrad.
set -eu
cd "$(dirname "$0")/.."

if [ $# -lt 1 ]; then
  echo "usage: scripts/verify_capture.sh FOLDER [torch|keras|jax]..." >&2
  exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- torch keras jax
data=$folder/data

# install NAME PACKAGE...: a virtual environment with these packages, and the data for its models
install() {
  scripts/python_environment.sh "$folder" "$@"
  "$folder/$1/bin/python" scripts/capture/sample_data.py "$data"
}

# capture FRAMEWORK BUNDLE FACTORY FLAG...
capture() {
  framework=$1
  bundle=$2
  shift 2
  "$folder/$framework/bin/python" "scripts/capture/capture_$framework.py" "$@" --replace \
    -o "$folder/bundles/$framework/$bundle"
}

verify_torch() {
  install torch torch==2.15.0 torchvision==0.29.2 onnx==1.23.2 onnxscript==0.7.2 numpy==2.4.6
  "$folder/torch/bin/python" scripts/capture/capture_test.py
  samples=scripts/capture/samples_torch.py
  # Of ResNet's million ReLUs one is within rounding of its kink in float32 (docs/tolerance.md).
  capture torch resnet18-float32 torchvision.models:resnet18 --inputs "$data/images.npz" \
    --arguments '{"num_classes": 10}' --intermediates
  capture torch resnet18-float64 torchvision.models:resnet18 --inputs "$data/images.npz" \
    --arguments '{"num_classes": 10}' --intermediates --precision float64 --steps 4 --set lr=0.01
  for precision in float32 float64; do
    set -- --precision "$precision" --intermediates --steps 4
    capture torch "mobilenet-$precision" torchvision.models:mobilenet_v3_small \
      --inputs "$data/images.npz" --arguments '{"num_classes": 10}' --set lr=0.01 "$@"
    capture torch "transformer-$precision" $samples:TokenTransformer --inputs "$data/tokens.npz" \
      --optimizer adamw --set lr=0.001 "$@"
    capture torch "lstm-$precision" $samples:LstmRegressor --inputs "$data/series.npz" \
      --loss mse --prediction prediction --optimizer rmsprop --set lr=0.001 "$@"
    capture torch "autoencoder-$precision" $samples:TiedAutoencoder --inputs "$data/rows.npz" \
      --loss output --optimizer adam --batch-size 4 "$@"
  done
}

verify_keras() {
  install keras tensorflow-cpu==2.21.0 keras==3.15.1 onnx==1.23.2 numpy==2.4.6
  samples=scripts/capture/samples_keras.py
  for precision in float32 float64; do
    # TensorFlow's exact GELU rounds the root of 2 to 32 bits.
    activation=gelu
    [ "$precision" = float32 ] || activation=silu
    set -- --precision "$precision" --intermediates
    capture keras "cnn-$precision" $samples:make_cnn --inputs "$data/small_images.npz" \
      --arguments "{\"activation\": \"$activation\"}" --optimizer adam --steps 4 "$@"
    capture keras "mlp-$precision" $samples:make_mlp --inputs "$data/points.npz" --batch-size 5 \
      --optimizer nesterov --set learning_rate=0.05 --steps 6 "$@"
  done
}

verify_jax() {
  install jax jax==0.10.2 optax==0.2.8 flax==0.12.8 onnx==1.23.2 numpy==2.4.6
  "$folder/jax/bin/python" scripts/capture/capture_test.py
  "$folder/jax/bin/python" scripts/capture/jax_cases_bundle.py "$folder/bundles/jax/rows"
  samples=scripts/capture/samples_jax.py
  for precision in float32 float64; do
    set -- --precision "$precision" --intermediates
    capture jax "mlp-$precision" $samples:make_mlp --inputs "$data/points.npz" --batch-size 5 \
      --optimizer nesterov --set learning_rate=0.05 --steps 6 "$@"
    capture jax "cnn-$precision" $samples:make_cnn --inputs "$data/small_images.npz" \
      --optimizer adam --set learning_rate=0.001 --steps 4 "$@"
    capture jax "transformer-$precision" $samples:make_transformer --inputs "$data/tokens.npz" \
      --optimizer adamw --set learning_rate=0.001 --steps 4 "$@"
    capture jax "rnn-$precision" $samples:make_rnn --inputs "$data/series.npz" --loss mse \
      --prediction prediction --optimizer rmsprop --set learning_rate=0.001 --steps 4 "$@"
    capture jax "linen-$precision" $samples:make_linen --inputs "$data/small_images.npz" \
      --optimizer adam --set learning_rate=0.001 --steps 4 "$@"
    capture jax "nnx-$precision" $samples:make_nnx --inputs "$data/points.npz" \
      --optimizer lion --set learning_rate=0.001 --steps 4 "$@"
  done
}

for framework in "$@"; do
  case $framework in
    torch | keras | jax) ;;
    *)
      echo "error: unknown framework '$framework': expected torch, keras or jax" >&2
      exit 2
      ;;
  esac
  rm -rf "$folder/bundles/$framework"
  mkdir -p "$folder/bundles/$framework"
  "verify_$framework"
done
for framework in "$@"; do
  shift
  set -- "$@" "$folder/bundles/$framework"
done
exec build/release/cli/twingrad check "$@"
