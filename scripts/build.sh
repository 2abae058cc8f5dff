#!/bin/sh
# Usage: scripts/build.sh PRESET [TARGET...]   (release, debug or sanitize; default: all targets)
# Configures and builds below build/PRESET, with ccache where there is one.
set -eu
cd "$(dirname "$0")/.."

preset=$1
shift
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
  # Without these ccache keeps nothing that uses precompiled headers.
  export CCACHE_SLOPPINESS=pch_defines,time_macros
fi
cmake --preset "$preset"
if [ $# -gt 0 ]; then
  cmake --build --preset "$preset" --target "$@"
else
  cmake --build --preset "$preset"
fi
