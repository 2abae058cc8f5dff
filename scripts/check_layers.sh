#!/bin/sh
# Reads every #include of a project header and fails on one that points up or sideways in the
# direction of dependency, or that is not written from the root of the repository:
#
#   cli > parity > training > tape > {importers, exporters, backends, autodiff} > ir
#   surgery, which training and tape do not need, stands beside tape
#
# with onnx_forms between {importers, exporters} and ir.
#
# Tests obey too. Examples and benchmarks are programs of their own, over all but cli.
set -eu
cd "$(dirname "$0")/.."

scripts/sources.sh | xargs awk '
  BEGIN {
    base = "importers exporters onnx_forms backends autodiff ir"
    below["ir"] = ""
     below["onnx_forms"] = below["backends"] = below["autodiff"] = "ir"
     below["importers"] = below["exporters"] = "onnx_forms ir"
     below["tape"] = below["surgery"] = base
    below["training"] = "tape " base
    below["parity"] = "training tape surgery " base
    below["cli"] = below["examples"] = below["benchmarks"] = "parity training tape surgery " base
  }
  function folder_of(path) { return substr(path, 1, index(path, "/") - 1) }
  function complain(text) {
    print FILENAME ":" FNR ": error: " text
    failed = 1
  }
  FNR == 1 {
    from = folder_of(FILENAME)
    if (!(from in below)) complain("folder \"" from "\" has no place in the direction of dependency")
  }
  /^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, part, "\"")
    count++
    to = folder_of(part[2])
    if (!(to in below)) {
      complain("\"" part[2] "\" is not written from the root of the repository")
    } else if (to != from && index(" " below[from] " ", " " to " ") == 0) {
      complain(from " must not see " to ": \"" part[2] "\"")
    }
  }
  END {
    if (count == 0) complain("no #include was found")
    exit failed
  }'
