#!/bin/sh
# Usage: scripts/test.sh [--sanitize]
# Installs what is missing, builds everything and runs every test and check. With --sanitize the
# same under AddressSanitizer and UndefinedBehaviorSanitizer. Can be run again; asks nothing.
set -eu
cd "$(dirname "$0")/.."

preset=release
case "${1:-}" in
  "") ;;
  --sanitize) preset=sanitize ;;
  *)
    echo "usage: scripts/test.sh [--sanitize]" >&2
    exit 2
    ;;
esac

scripts/setup.sh
scripts/build.sh "$preset"
# What a sanitizer finds ends the test that found it.
export ASAN_OPTIONS="detect_leaks=1:abort_on_error=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
export UBSAN_OPTIONS="print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}"
ctest --preset "$preset" -j "$(nproc)"
