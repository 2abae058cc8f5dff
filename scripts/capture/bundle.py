"""Writing reference bundles: what a framework computed from a model, for `twingrad check`.

The format is that of twingrad's bundles, version 1: manifest.json, tensors.safetensors and the
model files. A bundle is checked before it is written, and appears in its folder as a whole or not
at all. Needs numpy only.
"""
import hashlib
import json
import os
import platform
import shutil
import struct

import numpy as np

from capture.errors import CaptureError

SAFETENSORS_TYPES = {
    "bool": "BOOL", "int8": "I8", "uint8": "U8", "int16": "I16", "uint16": "U16", "int32": "I32",
    "uint32": "U32", "int64": "I64", "uint64": "U64", "float16": "F16", "float32": "F32",
    "float64": "F64"}
# What a case has by the name of a value of the model.
ROLES = ("inputs", "draws", "outputs", "cotangents", "gradients", "directions", "second_order",
         "third_order")
STEP_ROLES = ("inputs", "draws", "gradients", "parameters")
LOSSES = ("mse", "mae", "huber", "cross_entropy", "bce_with_logits", "nll")


def safetensors_bytes(tensors):
    """The bytes of a file of safetensors: name -> array. Names are sorted, so that equal tensors
    make equal files."""
    header, parts, offset = {}, [], 0
    for name in sorted(tensors):
        array = tensors[name]
        data = np.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": SAFETENSORS_TYPES[array.dtype.name], "shape": list(array.shape),
                        "data_offsets": [offset, offset + len(data)]}
        parts.append(data)
        offset += len(data)
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(parts)


class Bundle:
    """Cases and their tensors, kept in memory until `write`."""

    def __init__(self, framework, version, precision, conventions, **producer):
        self.manifest = {
            "format": "twingrad-reference", "version": 1,
            "producer": {"framework": framework, "version": version, "precision": precision,
                         "device": "cpu", "python": platform.python_version(),
                         "numpy": np.__version__, **producer},
            "conventions": conventions, "cases": []}
        self.tensors = {}
        self.models = {}
        self._keys = {}

    def add_model(self, path, data):
        """Keeps the bytes of a model file; returns what a case says about it."""
        known = self.models.setdefault(path, data)
        if known != data:
            raise CaptureError(f"two models would have the name '{path}'")
        return {"model": path, "model_sha256": hashlib.sha256(data).hexdigest()}

    def add_case(self, name, model, training=False, tags=(), training_run=None, **roles):
        """`model` is of add_model; roles are `inputs`, `gradients`, ...: value name -> array, where
        None in `gradients` stands for no gradient. Raises CaptureError for what is no case."""
        if any(case["name"] == name for case in self.manifest["cases"]):
            raise CaptureError(f"two cases would have the name '{name}'")
        check_case(name, roles)
        case = {"name": name, **model, "training": bool(training)}
        found = list(roles.values()) + (step_roles(training_run) if training_run else [])
        case["tags"] = sorted(set(tags) | ({"nonfinite"} if has_nonfinite(found) else set()))
        for role in ROLES:
            if roles.get(role) or role in ("inputs", "outputs"):
                case[role] = self._references(f"{name}/{role}", roles.get(role) or {})
        if training_run:
            case["training_run"] = self._run(name, training_run)
        self.manifest["cases"].append(case)

    def write(self, folder, replace=False):
        """Writes the bundle. A folder that exists is replaced only if it is a bundle and `replace`
        is true. Whatever stops this program, `folder` holds the old bundle, the new one or none."""
        target = os.path.abspath(folder)
        if os.path.lexists(target):
            if not os.path.exists(os.path.join(target, "manifest.json")):
                raise CaptureError(f"'{folder}' exists and is no bundle: give another folder")
            if not replace:
                raise CaptureError(f"the bundle '{folder}' exists: give another folder, or "
                                   "--replace")
        parent, name = os.path.split(target)
        partial = os.path.join(parent, f".{name}.partial-{os.getpid()}")
        try:
            os.makedirs(partial)
            self._write_files(partial)
            replace_folder(partial, target)
        except OSError as error:
            raise CaptureError(f"'{folder}': {error.strerror or error}") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _write_files(self, folder):
        files = {**self.models, "tensors.safetensors": safetensors_bytes(self.tensors),
                 "manifest.json": manifest_bytes(self.manifest)}
        for path, data in files.items():
            with open(os.path.join(folder, path), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())

    def _tensor(self, key, array):
        """Stores an array once, however often it is used; returns its key."""
        array = np.array(array, order="C")
        if array.dtype.name not in SAFETENSORS_TYPES:
            raise CaptureError(f"{key}: a bundle cannot hold elements of type {array.dtype}")
        digest = (array.dtype.name, array.shape, hashlib.sha256(array.tobytes()).digest())
        if digest not in self._keys:
            self._keys[digest] = key
            self.tensors[key] = array
        return self._keys[digest]

    def _references(self, prefix, values):
        return {name: None if value is None else self._tensor(f"{prefix}/{name}", value)
                for name, value in values.items()}

    def _run(self, name, run):
        check_run(name, run)
        steps = []
        for number, step in enumerate(run["steps"], 1):
            entry = {role: self._references(f"{name}/step{number}/{role}", step[role])
                     for role in STEP_ROLES if step.get(role) or role == "inputs"}
            steps.append({**entry, "loss": float(step["loss"])})
        return {"loss": run["loss"], "optimizer": run["optimizer"], "steps": steps,
                **{part: self._references(f"{name}/{part}", run[part])
                   for part in ("initial", "final")}}


def manifest_bytes(manifest):
    try:
        text = json.dumps(manifest, indent=1, allow_nan=False, ensure_ascii=False)
    except ValueError as error:
        raise CaptureError("a loss or a setting is infinite or not a number, which JSON cannot "
                           "hold") from error
    return text.encode() + b"\n"


def replace_folder(new, target):
    """Puts the folder `new` in the place of `target`, which may exist."""
    if not os.path.lexists(target):
        os.rename(new, target)
        return
    old = new + "-old"
    os.rename(target, old)
    try:
        os.rename(new, target)
    except OSError:
        os.rename(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def step_roles(run):
    return [step.get(role) or {} for step in run["steps"] for role in STEP_ROLES]


def has_nonfinite(maps):
    for values in maps:
        for value in (values or {}).values():
            value = np.asarray(value) if value is not None else None
            if value is not None and value.dtype.kind == "f" and not np.isfinite(value).all():
                return True
    return False


def check_case(name, roles):
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        raise CaptureError(f"{name}: no part of a case: {', '.join(unknown)}")
    for role, values in roles.items():
        missing = [value for value, array in (values or {}).items() if array is None]
        if missing and role != "gradients":
            raise CaptureError(f"{name}: {role} of {missing[0]} is missing")
    outputs = roles.get("outputs") or {}
    for value, seed in (roles.get("cotangents") or {}).items():
        if value not in outputs:
            raise CaptureError(f"{name}: a cotangent for '{value}', which is no output")
        want = np.asarray(outputs[value])
        got = np.asarray(seed)
        if want.shape != got.shape or want.dtype != got.dtype:
            raise CaptureError(f"{name}: the cotangent of {value} is {got.dtype}{list(got.shape)}, "
                               f"the output is {want.dtype}{list(want.shape)}")
    for value, mask in (roles.get("draws") or {}).items():
        if np.asarray(mask).dtype != np.bool_:
            raise CaptureError(f"{name}: the mask of {value} is not of booleans")


def check_run(name, run):
    kind = run["loss"].get("kind")
    if kind != "output" and kind not in LOSSES:
        raise CaptureError(f"{name}: unknown loss '{kind}'")
    if not run["steps"]:
        raise CaptureError(f"{name}: a training run needs a step")
    for number, step in enumerate(run["steps"], 1):
        if not np.isfinite(step["loss"]):
            raise CaptureError(f"{name}: the loss of step {number} is {step['loss']}: take a lower "
                               "learning rate or fewer steps")
    if set(run["initial"]) != set(run["final"]):
        raise CaptureError(f"{name}: other parameters at the end than at the beginning")
    for key in ("kind", "profile"):
        if not isinstance(run["optimizer"].get(key), str):
            raise CaptureError(f"{name}: the optimizer has no {key}")
