#!/bin/sh
# Fails on headers above 120 lines and sources above 400. Tests are excepted. The headers of
# backends/openblas/simd are sources by nature: kernels that are compiled once per instruction set.
set -eu
cd "$(dirname "$0")/.."

scripts/sources.sh | xargs wc -l | awk '
  $2 == "total" || $2 ~ /_test\.cpp$/ || $2 ~ /test[^\/]*\.h$/ { next }
  {
    limit = $2 ~ /\.h$/ && $2 !~ /^backends\/openblas\/simd\// ? 120 : 400
    if ($1 > limit) {
      print $2 ": error: " $1 " lines, the limit is " limit
      failed = 1
    }
  }
  END { exit failed }'
