"""Every case of `twingrad check` as a test of pytest.

Put the file beside your tests; TWINGRAD is the program, PARITY_TARGETS what it checks:

    TWINGRAD=build/release/cli/twingrad PARITY_TARGETS=references pytest test_parity.py
"""
import json
import os
import subprocess

import pytest


def report():
    command = [os.environ.get("TWINGRAD", "twingrad"), "check",
               *os.environ.get("PARITY_TARGETS", "references").split(), "--json", "-"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode == 2:
        raise pytest.UsageError(run.stderr.strip())
    return json.loads(run.stdout)


def complaints(case):
    if case.get("error"):
        yield case["error"]
    for leg in case["legs"]:
        for tensor in leg["tensors"]:
            if tensor["verdict"] != "passed":
                yield f"{leg['leg']}, {leg['left']}: {tensor['kind']} {tensor['name']}: {tensor['reason']}"


CASES = report()["cases"]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['target']}/{case['name']}" for case in CASES])
def test_gradient_parity(case):
    if case["verdict"] == "incomplete":
        pytest.skip("; ".join(complaints(case)))
    assert case["verdict"] == "passed", "\n".join(complaints(case))
