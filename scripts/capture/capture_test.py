#!/usr/bin/env python3
"""Tests of the capture programs. Numpy is enough; what needs onnx or JAX runs where they are."""
import contextlib
import hashlib
import importlib.util
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[0] = os.path.dirname(HERE)

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy in " + sys.executable)
    sys.exit(77)

from capture import bundle, errors, options  # noqa: E402
from capture.model_file import ModelFile, Names, json_model, read_names, written_shape  # noqa: E402

PROGRAMS = sorted(name for name in os.listdir(HERE)
                  if name.startswith("capture_") and name.endswith(".py") and "_test" not in name)
HAS_ONNX = importlib.util.find_spec("onnx") is not None
HAS_TORCH = HAS_ONNX and importlib.util.find_spec("torch") is not None
HAS_JAX = HAS_ONNX and importlib.util.find_spec("jax") is not None
MODEL = {"model": "m.onnx", "model_sha256": hashlib.sha256(b"bytes").hexdigest()}


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + length]), data[8 + length:]


def small_bundle():
    made = bundle.Bundle("torch", "2.0", "float32", "torch")
    model = made.add_model("m.onnx", b"bytes")
    x, y = np.arange(6, dtype=np.float32).reshape(2, 3), np.ones(2, np.float32)
    made.add_case("a", model, inputs={"x": x}, outputs={"y": y}, cotangents={"y": y},
                  gradients={"x": x, "w": None})
    return made


def training_run(loss=1.0, **changes):
    p = {"w": np.ones(2, np.float32)}
    return {"loss": {"kind": "output", "name": "y"},
            "optimizer": {"kind": "sgd", "profile": "torch"},
            "steps": [{"inputs": {}, "loss": loss}], "initial": p, "final": p, **changes}


class BundleTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.target = os.path.join(self.folder, "out")

    def test_tensors_are_where_the_header_says(self):
        small_bundle().write(self.target)
        header, data = read_safetensors(os.path.join(self.target, "tensors.safetensors"))
        entry = header["a/inputs/x"]
        self.assertEqual((entry["dtype"], entry["shape"]), ("F32", [2, 3]))
        begin, end = entry["data_offsets"]
        np.testing.assert_array_equal(np.frombuffer(data[begin:end], "<f4"), np.arange(6))
        offsets = sorted(e["data_offsets"] for e in header.values())
        self.assertEqual([0, *(end for _, end in offsets)],
                         [*(begin for begin, _ in offsets), len(data)])

    def test_equal_tensors_are_stored_once(self):
        made = small_bundle()
        case = made.manifest["cases"][0]
        self.assertEqual(case["gradients"]["x"], case["inputs"]["x"])
        self.assertEqual(len(made.tensors), 2)

    def test_no_gradient_is_null_and_not_zero(self):
        case = small_bundle().manifest["cases"][0]
        self.assertIsNone(case["gradients"]["w"])

    def test_the_digest_is_of_the_model_file(self):
        small_bundle().write(self.target)
        with open(os.path.join(self.target, "manifest.json"), encoding="utf-8") as file:
            case = json.load(file)["cases"][0]
        with open(os.path.join(self.target, case["model"]), "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).hexdigest(), case["model_sha256"])

    def test_a_folder_that_is_no_bundle_is_never_replaced(self):
        os.makedirs(self.target)
        with open(os.path.join(self.target, "thesis.txt"), "w", encoding="utf-8") as file:
            file.write("mine")
        with self.assertRaisesRegex(errors.CaptureError, "is no bundle"):
            small_bundle().write(self.target, replace=True)
        self.assertEqual(os.listdir(self.target), ["thesis.txt"])

    def test_a_bundle_is_replaced_only_if_asked_for(self):
        small_bundle().write(self.target)
        with self.assertRaisesRegex(errors.CaptureError, "--replace"):
            small_bundle().write(self.target)
        small_bundle().write(self.target, replace=True)
        self.assertEqual(os.listdir(self.folder), ["out"])

    def test_what_fails_while_writing_leaves_the_old_bundle(self):
        small_bundle().write(self.target)
        made = small_bundle()
        made.manifest["cases"][0]["loss"] = float("nan")
        with self.assertRaises(errors.CaptureError):
            made.write(self.target, replace=True)
        self.assertEqual(os.listdir(self.folder), ["out"])
        self.assertEqual(len(os.listdir(self.target)), 3)

    def test_what_is_not_finite_is_tagged(self):
        made = bundle.Bundle("torch", "2.0", "float32", "torch")
        made.add_case("a", MODEL, inputs={"x": np.array([1, np.inf], np.float32)})
        self.assertEqual(made.manifest["cases"][0]["tags"], ["nonfinite"])

    def test_what_is_no_case_is_refused(self):
        y, mask = np.ones(2, np.float32), np.ones(2, np.float32)
        table = {
            "which is no output": {"cotangents": {"y": y}},
            r"float64\[2\], the output is float32\[2\]":
                {"outputs": {"y": y}, "cotangents": {"y": y.astype(np.float64)}},
            r"float32\[3\], the output is float32\[2\]":
                {"outputs": {"y": y}, "cotangents": {"y": np.ones(3, np.float32)}},
            "not of booleans": {"draws": {"d": mask}},
            "no part of a case": {"weights": {"d": mask}},
            "outputs of y is missing": {"outputs": {"y": None}},
            "type complex64": {"inputs": {"x": y.astype(np.complex64)}},
            "other parameters": {"training_run": training_run(final={})},
            "the loss of step 1 is nan": {"training_run": training_run(loss=float("nan"))},
            "needs a step": {"training_run": training_run(steps=[])},
            "unknown loss 'hinge'": {"training_run": {**training_run(), "loss": {"kind": "hinge"}}},
            "no profile": {"training_run": training_run(optimizer={"kind": "sgd"})}}
        for message, case in table.items():
            with self.subTest(message), self.assertRaisesRegex(errors.CaptureError, message):
                bundle.Bundle("t", "1", "float32", "torch").add_case("a", MODEL, **case)


class OptionsTest(unittest.TestCase):
    def parse(self, *more):
        parser = options.shared_parser("capture", "a framework", "  capture ...")
        return options.parse(parser, ["m.py:Net", "--inputs", "x.npz", "-o", "out", *more])

    def test_settings_are_read_as_they_look(self):
        table = {"lr=0.1": ("lr", 0.1), "steps=3": ("steps", 3), "amsgrad=true": ("amsgrad", True),
                 "betas=0.9,0.99": ("betas", [0.9, 0.99]), "name=x": ("name", "x")}
        for text, expected in table.items():
            self.assertEqual(options.parse_setting(text), expected)

    def test_steps_imply_training(self):
        self.assertTrue(self.parse("--steps", "2").training)
        self.assertFalse(self.parse().training)

    def test_wrong_flags_are_one_line(self):
        table = {"--set lr": ["--set", "lr"], "object": ["--arguments", "[1]"],
                 "needs --model": ["--names", "x"], "above zero": ["--batch-size", "0"],
                 "invalid choice": ["--precision", "float16"]}
        for message, flags in table.items():
            with self.subTest(message), self.assertRaisesRegex(errors.CaptureError, message):
                self.parse(*flags)

    def test_batches_go_in_circles(self):
        arrays = {"x": np.arange(5), "y": np.arange(5) * 10, "scale": np.array(3)}
        got = options.batch(arrays, 2, 2)
        np.testing.assert_array_equal(got["x"], [4, 0])
        np.testing.assert_array_equal(got["y"], [40, 0])
        self.assertEqual(got["scale"], 3)

    def test_batches_need_equal_rows(self):
        with self.assertRaisesRegex(errors.CaptureError, "4, 5"):
            options.batch({"x": np.arange(5), "y": np.arange(4)}, 2, 0)

    def test_cotangents_are_random_and_the_same_in_both_precisions(self):
        single = options.cotangent((50,), "float32", 3, 0)
        double = options.cotangent((50,), "float64", 3, 0)
        np.testing.assert_array_equal(single.astype(np.float64), double)
        self.assertGreater(len(np.unique(double)), 45)
        self.assertFalse(np.array_equal(double, options.cotangent((50,), "float64", 3, 1)))

    def test_the_array_that_is_no_input_is_the_target(self):
        arrays = {"x": 1, "labels": 2}
        self.assertEqual(options.split_target(arrays, ["x"], None), ({"x": 1}, "labels"))
        with self.assertRaisesRegex(errors.CaptureError, "name them alike"):
            options.split_target({"image": 1, "labels": 2}, ["x"], None)

    def test_a_factory_is_found_in_files_and_modules(self):
        self.assertIs(options.load_factory("json:loads"), json.loads)
        table = {"no 'Nett'": "json:Nett", "no such file": "nowhere.py:Net",
                 "expected MODULE": "model.py", "No module named": "nowhere_at_all:Net"}
        for message, text in table.items():
            with self.subTest(message), self.assertRaisesRegex(errors.CaptureError, message):
                options.load_factory(text)

    def test_floats_of_data_have_the_precision(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "data.npz")
            np.savez(path, x=np.ones(2, np.float32), n=np.ones(2, np.int64))
            arrays = options.read_arrays(path, "float64")
            self.assertEqual([a.dtype.name for a in arrays.values()], ["float64", "int64"])
            with open(path, "wb") as file:
                file.write(b"no zip")
            with self.assertRaises(errors.CaptureError):
                options.read_arrays(path, "float32")


class NamesTest(unittest.TestCase):
    MODEL = ModelFile("m.onnx", b"", {"x": [None, 2]}, {"fc.weight": [4, 6]}, ["y"],
                      ["x", "y", "fc.weight"], [])

    def test_a_map_renames_and_permutes(self):
        names = Names(self.MODEL, {"dense/kernel": {"name": "fc.weight", "permute": [1, 0]}})
        kernel = np.arange(24).reshape(6, 4)
        np.testing.assert_array_equal(names.of({"dense/kernel": kernel})["fc.weight"], kernel.T)
        names.check_parameters({"dense/kernel": kernel})

    def test_rows_after_a_flattening_can_be_permuted(self):
        entry = {"name": "fc.weight", "reshape": [3, 2, 4], "permute": [2, 1, 0]}
        kernel = np.arange(24).reshape(6, 4)
        got = Names(self.MODEL, {"k": entry}).of({"k": kernel})["fc.weight"]
        np.testing.assert_array_equal(got, kernel.reshape(3, 2, 4).transpose(2, 1, 0).reshape(4, 6))

    def test_parameters_without_a_place_are_refused(self):
        names = Names(self.MODEL)
        with self.assertRaisesRegex(errors.CaptureError, "nothing stands for fc.weight"):
            names.check_parameters({"dense/kernel": np.ones((6, 4))})
        with self.assertRaisesRegex(errors.CaptureError, r"is \[6, 4\], .* is \[4, 6\]"):
            names.check_parameters({"fc.weight": np.ones((6, 4))})

    def test_a_model_has_cases_of_the_mode_that_it_says(self):
        from types import SimpleNamespace
        from capture.cases import modes_of

        def modes(training, said):
            model = ModelFile("m.onnx", b"", {}, {}, [], [], [], said)
            return modes_of(SimpleNamespace(training=training), model)

        self.assertEqual(modes(True, []), [False, True])
        self.assertEqual(modes(True, [True, True]), [True])
        self.assertEqual(modes(False, [False]), [False])
        for training, said in ((True, [False]), (False, [True]), (True, [True, False])):
            with self.assertRaisesRegex(errors.CaptureError, "BatchNormalization in"):
                modes(training, said)

    def test_what_is_no_map_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "map.json")
            for text in ("{", "[]", '{"a": 1}', '{"a": {"permute": [0]}}', '{"a": {"name": 3}}',
                         '{"a": {"name": "b", "transpose": true}}'):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                with self.subTest(text), self.assertRaises(errors.CaptureError):
                    read_names(path)

    def test_models_in_json_have_names_too(self):
        model = {"inputs": {"x": "float[N,2]"}, "outputs": ["y"],
                 "parameters": {"w": {"type": "float[2,3]", "values": []}},
                 "nodes": [{"op": "Dropout", "inputs": ["x"], "outputs": ["d", "m"]},
                           {"op": "MatMul", "inputs": ["d", "w"], "outputs": ["y"]}]}
        got = json_model("m.json", json.dumps(model).encode())
        self.assertEqual((got.parameters, got.dropouts), ({"w": [2, 3]}, ["d"]))
        self.assertEqual(got.values, {"x", "d", "m", "y", "w"})
        self.assertIsNone(written_shape("float[N,2]"))
        with self.assertRaises(errors.CaptureError):
            json_model("m.json", b"{}")


@unittest.skipUnless(HAS_ONNX, "needs the package onnx")
class InitializersTest(unittest.TestCase):
    def graph(self):
        from onnx import TensorProto, helper, numpy_helper
        ones = numpy_helper.from_array(np.ones(2, np.float32), "bn1.weight")
        nodes = [helper.make_node("Identity", ["bn1.weight"], ["bn2.weight"]),
                 helper.make_node("Mul", ["x", "bn1.weight"], ["a"]),
                 helper.make_node("Mul", ["a", "bn2.weight"], ["y"])]
        info = helper.make_tensor_value_info
        return helper.make_model(helper.make_graph(
            nodes, "g", [info("x", TensorProto.FLOAT, [2])], [info("y", TensorProto.FLOAT, [2])],
            [ones]))

    def test_merged_parameters_are_parted(self):
        from onnx import numpy_helper
        from capture.initializers import own_initializers
        proto = self.graph()
        values = {"bn1.weight": np.full(2, 3, np.float32), "bn2.weight": np.full(2, 4, np.float32)}
        own_initializers(proto, values, list(values))
        got = {t.name: numpy_helper.to_array(t) for t in proto.graph.initializer}
        self.assertEqual({k: v[0] for k, v in got.items()}, {"bn1.weight": 3, "bn2.weight": 4})
        self.assertEqual([n.op_type for n in proto.graph.node], ["Mul", "Mul"])

    def test_parameters_that_are_gone_are_named(self):
        from capture.initializers import own_initializers
        with self.assertRaisesRegex(errors.CaptureError, "fc.weight"):
            own_initializers(self.graph(), {}, ["fc.weight"])

    def test_names_are_found_by_value(self):
        from capture.initializers import name_by_value
        proto = self.graph()
        self.assertEqual(name_by_value(proto, {"scale": np.ones(2, np.float32)}), {"scale"})
        self.assertEqual(proto.graph.node[1].input[1], "scale")
        twice = {"a": np.ones(2, np.float32), "b": np.ones(2, np.float32)}
        self.assertEqual(name_by_value(self.graph(), twice), set())


@unittest.skipUnless(HAS_TORCH, "needs the packages torch and onnx")
class TorchTest(unittest.TestCase):
    """What doubles need, so that PyTorch's numbers are as good as they look."""

    def test_hard_sigmoid_has_the_slope_of_a_sixth(self):
        import torch
        from capture.torch_calls import Recorder, watched
        model = torch.nn.Hardsigmoid()
        x = torch.tensor([-4, -1.5, 0.3, 4], dtype=torch.float64, requires_grad=True)
        recorder = Recorder(0)
        with watched(model, recorder):
            y = model(x)
        torch.testing.assert_close(y, torch.nn.functional.hardsigmoid(x), rtol=1e-15, atol=0)
        self.assertEqual(torch.autograd.grad(y.sum(), x)[0].tolist(), [0, 1 / 6, 1 / 6, 0])
        self.assertEqual(recorder.count, 1)

    def test_what_batch_norm_keeps_fits_32_bits(self):
        import torch
        from capture.torch_subject import round_settings
        model = torch.nn.BatchNorm2d(3, momentum=0.1).double()
        round_settings(model)
        self.assertEqual(1 - model.momentum, float(np.float32(0.9)))
        self.assertEqual(model.eps, float(np.float32(1e-5)))


@unittest.skipUnless(HAS_JAX, "needs the packages jax and onnx")
class JaxTest(unittest.TestCase):
    """Models of functions as ONNX's own evaluator runs them, beside what JAX computes."""

    @classmethod
    def setUpClass(cls):
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        from capture import jax_test_cases
        cls.cases = jax_test_cases.cases()

    def export(self, function, arguments):
        import jax
        from capture import jax_export, jax_flat
        closed = jax.make_jaxpr(lambda *a: jax.tree.leaves(function(*a)))(*arguments)
        flat = jax_flat.flatten(closed)
        known = {v: (f"x{i}", None) for i, v in enumerate(flat.inputs)}
        outputs = [f"y{i}" for i in range(len(flat.results))]
        return flat, jax_export.Export(flat, known, outputs, [])

    def test_nodes_compute_what_primitives_do(self):
        import jax
        from onnx.reference import ReferenceEvaluator
        from capture import jax_test_cases
        for name in self.cases.keys() - jax_test_cases.NOT_EVALUATED:
            function, arguments = self.cases[name]
            with self.subTest(name):
                proto = self.export(function, arguments)[1].proto()
                session = ReferenceEvaluator(proto, new_ops=jax_test_cases.MISSING)
                got = session.run(None, {f"x{i}": a for i, a in enumerate(arguments)})
                want = jax.tree.leaves(function(*map(jax.numpy.asarray, arguments)))
                self.assertEqual(len(got), len(want))
                for a, b in zip(got, want):
                    b = np.asarray(b)
                    self.assertEqual((np.asarray(a).dtype, np.shape(a)), (b.dtype, b.shape))
                    np.testing.assert_allclose(a, b, 2e-5, 2e-6)

    def test_every_row_has_a_case(self):
        from capture import jax_rows
        from capture.jax_test_cases import primitives
        seen = set()
        for function, arguments in self.cases.values():
            seen |= primitives(self.export(function, arguments)[0])
        self.assertEqual(sorted(set(jax_rows.ROWS) - seen - jax_rows.SPELLINGS), [])
        self.assertEqual(sorted(set(jax_rows.FUNCTIONS) - seen), [])

    def test_a_primitive_without_a_row_is_named(self):
        import jax
        with self.assertRaisesRegex(errors.CaptureError, "primitive lgamma .in inner. has no row"):
            self.export(jax.named_scope("inner")(jax.lax.lgamma), [np.ones(2, np.float32)])

    def test_random_numbers_become_inputs(self):
        import jax
        from capture import jax_flat

        def model(x, key):
            return jax.numpy.where(jax.random.bernoulli(key, 0.5, x.shape), x, 0) \
                + jax.random.normal(key, x.shape)

        x = np.ones((2, 3), np.float32)
        flat = jax_flat.flatten(jax.make_jaxpr(model)(x, jax.random.key(1)))
        _, given, rest = jax_flat.split_random(flat, flat.inputs[1:])
        self.assertEqual([(str(v.aval.dtype), v.aval.shape) for v in given],
                         [("bool", (2, 3)), ("float32", (2, 3))])
        self.assertEqual(rest.inputs, [flat.inputs[0], *given])

    def test_derivatives_that_are_made_up_are_refused(self):
        import jax
        from capture import jax_flat

        @jax.custom_vjp
        def straight(x):
            return jax.numpy.sin(x)

        straight.defvjp(lambda x: (jax.numpy.sin(x), None), lambda _, g: (g,))
        x = np.linspace(1, 2, 5).astype(np.float32)
        flat = jax_flat.flatten(jax.make_jaxpr(straight)(x))
        with self.assertRaisesRegex(errors.CaptureError, "straight defines a derivative"):
            jax_flat.check_custom_functions(flat, [x], {})
        flat = jax_flat.flatten(jax.make_jaxpr(jax.nn.softplus)(x))
        jax_flat.check_custom_functions(flat, [x], {})

    def test_gradients_inside_are_those_of_the_whole(self):
        import jax
        from capture import jax_flat
        x, seed = np.linspace(1, 2, 5).astype(np.float32), np.arange(5, dtype=np.float32)
        flat = jax_flat.flatten(jax.make_jaxpr(lambda x: jax.numpy.exp(jax.numpy.sin(x)))(x))
        values, gradients = jax_flat.values_and_gradients(flat, [x], [seed])
        sine = next(v for v in values if np.allclose(values[v], np.sin(x)))
        np.testing.assert_allclose(gradients[sine], seed * np.exp(np.sin(x)), 1e-6)


class ProgramsTest(unittest.TestCase):
    def start(self, program, *arguments):
        return subprocess.run([sys.executable, os.path.join(HERE, program), *arguments],
                              capture_output=True, text=True, check=False)

    def test_help_needs_no_framework(self):
        for program in PROGRAMS:
            with self.subTest(program):
                got = self.start(program, "--help")
                self.assertEqual(got.returncode, 0, got.stderr)
                for word in ("--inputs", "--intermediates", "--optimizer", "example:"):
                    self.assertIn(word, got.stdout)

    def test_errors_are_one_line_and_2(self):
        for program in PROGRAMS:
            for arguments in ([], ["m.py:Net", "--steps", "many"]):
                with self.subTest(program, arguments=arguments):
                    got = self.start(program, *arguments)
                    self.assertEqual(got.returncode, 2)
                    self.assertRegex(got.stderr, r"\Aerror: [^\n]+\n\Z")
                    self.assertEqual(got.stdout, "")

    def test_run_ends_with_the_status_of_main(self):
        def fail():
            raise errors.CaptureError("two\nlines")

        for main, status in ((lambda: 0, 0), (fail, 2)):
            with contextlib.redirect_stderr(io.StringIO()) as text:
                with self.assertRaises(SystemExit) as end:
                    errors.run(main)
            self.assertEqual(end.exception.code, status)
            self.assertIn(text.getvalue(), ("", "error: two lines\n"))


if __name__ == "__main__":
    unittest.main()
