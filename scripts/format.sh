#!/bin/sh
# Usage: scripts/format.sh [--check]
# Formats every C++ file by .clang-format; with --check it changes nothing and fails where it would.
# Other versions of clang-format lay out differently: version 14, which Debian 12 has.
set -eu
cd "$(dirname "$0")/.."

mode=-i
case "${1:-}" in
  "") ;;
  --check) mode="--dry-run --Werror" ;;
  *)
    echo "usage: scripts/format.sh [--check]" >&2
    exit 2
    ;;
esac
formatter=$(command -v clang-format-14 || command -v clang-format)
# shellcheck disable=SC2086  # two words
scripts/sources.sh | xargs "$formatter" $mode
