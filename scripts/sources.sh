#!/bin/sh
# Lists the project's C++ files, one a line, from the root of the repository.
set -eu
cd "$(dirname "$0")/.."
find . \( -path './build*' -o -path './.*/*' \) -prune -o \
  -type f \( -name '*.h' -o -name '*.cpp' \) -print | sed 's|^\./||' | LC_ALL=C sort
