#!/usr/bin/env python3
"""Usage: record_pt2.py small|operators|NAME... FOLDER [--precision float32|float64]

Exports models with torch.export and records what PyTorch computes from them as a bundle that
`twingrad check` reads. `small` is testdata/pt2/models, `operators` testdata/pt2/operators; other
names are architectures (scripts/pt2/architectures.py), `all` every one of them. `testdata` writes
all of testdata/pt2 into the folder; `record_pt2.py list` prints the names of the architectures.
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from pt2.program_bundle import ProgramBundle  # noqa: E402


def write_test_data(folder):
    import torch
    from pt2 import operator_cases, small_models
    from pt2.program_bundle import exported, program_bytes_of_2_6
    for name, cases in (("models", small_models), ("operators", operator_cases)):
        bundle = ProgramBundle()
        cases.add_all(bundle)
        bundle.write(os.path.join(folder, name))
    program = exported(small_models.strided(), (torch.zeros(4, 5, dtype=torch.float64),))
    with open(os.path.join(folder, "layout_2_6.pt2"), "wb") as file:
        file.write(program_bytes_of_2_6(program))
    with open(os.path.join(folder, "core_operators.txt"), "w", encoding="utf-8") as file:
        file.writelines(f"{name}\n" for name in core_operators())


def core_operators():
    """The overloads that PyTorch tags as core."""
    import torch
    for name in sorted(torch._C._dispatch_get_all_op_names()):
        space, _, operator = name.partition("::")
        packet, _, overload = operator.partition(".")
        found = getattr(getattr(torch.ops.aten, packet, None), overload or "default", None)
        if space == "aten" and found is not None and torch.Tag.core in found.tags:
            yield f"aten.{packet}.{overload or 'default'}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="+")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--precision", default="float64", choices=("float32", "float64"))
    options = parser.parse_args()
    if options.names == ["list"]:
        from pt2.architectures import names
        return print(*names())
    if options.folder is None:
        *options.names, options.folder = options.names
    if options.names == ["testdata"]:
        return write_test_data(options.folder)
    bundle = ProgramBundle(options.precision)
    for name in options.names:
        if name == "small":
            from pt2.small_models import add_all
            add_all(bundle)
        elif name == "operators":
            from pt2.operator_cases import add_all
            add_all(bundle)
        else:
            from pt2.architectures import add_architecture
            add_architecture(bundle, name)
    bundle.write(options.folder)


if __name__ == "__main__":
    main()
