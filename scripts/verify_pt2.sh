#!/bin/sh
# Usage: scripts/verify_pt2.sh FOLDER [NAME...]
# Installs PyTorch, torchvision and timm from PyPI into FOLDER (outside of the source tree:
# gigabytes), exports architectures with random weights, records what PyTorch computes from them, and
# checks outputs and gradients with build/release/cli/twingrad. Without names all of
# scripts/pt2/architectures.py, a process each.
set -eu
cd "$(dirname "$0")/.."

if [ $# -lt 1 ]; then
  echo "usage: scripts/verify_pt2.sh FOLDER [NAME...]" >&2
  exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
scripts/python_environment.sh "$folder" torch \
  torch==2.15.0 torchvision==0.29.2 timm==1.0.31 numpy==2.4.6
python=$folder/torch/bin/python
[ $# -gt 0 ] || set -- $("$python" scripts/record_pt2.py list)

status=0
for name in "$@"; do
  bundle=$folder/bundles/$name
  log=$folder/$name.log
  if ! "$python" scripts/record_pt2.py "$name" "$bundle" --precision float32 > "$log" 2>&1; then
    echo "$name: not recorded: $(tail -n 1 "$log")"
    status=1
    continue
  fi
  build/release/cli/twingrad check "$bundle" --legs modes,reference > "$log" 2>&1 || status=1
  grep -E "^$name.* (passed|failed|incomplete)$" "$log" || echo "$name: $(tail -n 1 "$log")"
  rm -rf "$bundle"
done
exit $status
