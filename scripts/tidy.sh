#!/bin/sh
# Usage: scripts/tidy.sh [FILE.cpp...]
# Runs clang-tidy with .clang-tidy over the given files, or over all sources without tests; fails
# where it finds something. All of it takes long: name the files. What is written in g++'s vector
# extensions (__builtin_shuffle) clang cannot read.
set -eu
cd "$(dirname "$0")/.."

# clang cannot read the precompiled headers of g++: a configuration without them, a file at a time.
[ -f build/tidy/compile_commands.json ] ||
  cmake --preset release -B build/tidy -D CMAKE_DISABLE_PRECOMPILE_HEADERS=ON -D CMAKE_UNITY_BUILD=OFF >/dev/null
if [ $# -eq 0 ]; then
  # shellcheck disable=SC2046  # a list of words
  set -- $(scripts/sources.sh | grep '\.cpp$' | grep -v -e '_test\.cpp$' -e backends/openblas/)
fi
tidy=$(command -v clang-tidy-14 || command -v clang-tidy)
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 4 "$tidy" -p build/tidy --quiet
