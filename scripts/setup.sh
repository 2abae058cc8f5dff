#!/bin/sh
# Installs the Debian 12 packages that building and testing need. Silent where all are there; asks
# nothing. Needs root, or sudo.
set -eu

packages="g++ cmake ninja-build pkg-config
  libonnx-dev protobuf-compiler libprotobuf-dev nlohmann-json3-dev libcli11-dev
  libopenblas-serial-dev libzip-dev libre2-dev nettle-dev libgtest-dev libbenchmark-dev
  libjpeg62-turbo-dev libpng-dev libwebp-dev libtiff-dev libopenjp2-7-dev
  clang-format clang-tidy
  python3 python3-numpy python3-venv"

missing=""
for package in $packages; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || {
    echo "error: not root and no sudo; install:$missing" >&2
    exit 1
  }
  as_root="sudo"
fi
echo "installing:$missing"
# dpkg's own questions would wait for an answer.
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
# shellcheck disable=SC2086  # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
