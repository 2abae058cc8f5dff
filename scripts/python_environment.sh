#!/bin/sh
# Usage: scripts/python_environment.sh FOLDER NAME PACKAGE...
# Makes FOLDER/NAME a virtual environment with these packages from PyPI and no others. Does nothing
# where that was done before.
set -eu

folder=$1
name=$2
shift 2
if [ "$(cat "$folder/$name.packages" 2>/dev/null)" != "$*" ]; then
  rm -rf "${folder:?}/$name"
  python3 -m venv "$folder/$name"
  "$folder/$name/bin/pip" install --quiet --disable-pip-version-check "$@"
  echo "$*" > "$folder/$name.packages"
fi
