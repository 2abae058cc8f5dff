#!/usr/bin/env python3
"""Write testdata/onnx_suite/schemas.json: ONNX's operator schemas in short form.

    make_onnx_schemas.py > testdata/onnx_suite/schemas.json

Needs the onnx package. For every operator of every domain, of its newest schema:

    since       every version in which the operator changed
    inputs      "A:T, B:T?": name and type; ? optional, * variadic, ~ variadic of mixed types
    outputs     likewise
    attributes  kind, and whether it is required or what its default is
    types       a type variable's element types: a key of "type_sets"; nested types are written
                "seq(float)", "optional(seq(float))", "map(int64,float)"
    dropped     types of a type variable of that name that only older versions take
    upgrades    older versions whose nodes do not mean the same under the newest schema as far as a
                schema tells, and why
"""
import collections
import json

import numpy
import onnx
from onnx import defs, helper

KINDS = {defs.OpSchema.AttrType.__members__[k]: k.lower().replace("type_proto", "type")
         for k in defs.OpSchema.AttrType.__members__}
OPTION = defs.OpSchema.FormalParameterOption


def short_type(text):
    """tensor(float) -> float, seq(tensor(float)) -> seq(float)."""
    text = text.replace(" ", "")
    while "tensor(" in text:
        at = text.index("tensor(")
        end = text.index(")", at)
        text = text[:at] + text[at + len("tensor("):end] + text[end + 1:]
    return text


def formals(parameters, types):
    parts = []
    for parameter in parameters:
        mark = {OPTION.Single: "", OPTION.Optional: "?"}.get(parameter.option)
        if mark is None:
            mark = "*" if parameter.is_homogeneous else "~"
        kind = parameter.type_str
        parts.append(f"{parameter.name}:{kind if kind in types else short_type(kind)}{mark}")
    return ", ".join(parts)


def default_of(attribute):
    if not attribute.default_value.name:
        return None
    value = helper.get_attribute_value(attribute.default_value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float):
        return float(str(numpy.float32(value)))
    if isinstance(value, onnx.TensorProto):
        return onnx.numpy_helper.to_array(value).tolist()
    return [v.decode() if isinstance(v, bytes) else v for v in value] if isinstance(
        value, (list, tuple)) else value


def attributes(schema):
    table = {}
    for name, attribute in sorted(schema.attributes.items()):
        entry = {"kind": KINDS[attribute.type]}
        if attribute.required:
            entry["required"] = True
        elif default_of(attribute) is not None:
            entry["default"] = default_of(attribute)
        table[name] = entry
    return table


def difference(old, new):
    """Why a node of `old` is none of `new`; None if the schemas let it be one."""
    for name, attribute in sorted(old.attributes.items()):
        if name == "consumed_inputs":  # a hint to implementations, up to opset 5
            continue
        if name not in new.attributes:
            return f"attribute {name} is no more"
        newer = new.attributes[name]
        if newer.type != attribute.type:
            return f"attribute {name} was of another kind"
        if default_of(attribute) != default_of(newer):
            return f"attribute {name} had another default"
        if newer.required and not attribute.required:
            return f"attribute {name} was optional"
    for name, attribute in sorted(new.attributes.items()):
        if attribute.required and name not in old.attributes:
            return f"attribute {name} is new and required"
    if old.max_input > new.max_input or old.min_input < new.min_input:
        return "another number of inputs"
    return None


def dropped(schemas):
    """By type variable: what older schemas allow and the newest does not."""
    table = {}
    for constraint in schemas[-1].type_constraints:
        name = constraint.type_param_str
        older = {short_type(t) for schema in schemas for c in schema.type_constraints
                 if c.type_param_str == name for t in c.allowed_type_strs}
        rest = older - {short_type(t) for t in constraint.allowed_type_strs}
        if rest:
            table[name] = " ".join(sorted(rest))
    return table


def main():
    history = collections.defaultdict(list)
    for schema in defs.get_all_schemas_with_history():
        name = f"{schema.domain}::{schema.name}" if schema.domain else schema.name
        history[name].append(schema)
    type_sets = {}
    operators = {}
    for name, schemas in sorted(history.items()):
        schemas.sort(key=lambda schema: schema.since_version)
        entry = {"since": [schema.since_version for schema in schemas]}
        if schemas[-1].deprecated:
            entry["deprecated"] = True
            operators[name] = entry
            continue
        newest = schemas[-1]
        types = {}
        for constraint in newest.type_constraints:
            elements = " ".join(sorted(short_type(t) for t in constraint.allowed_type_strs))
            types[constraint.type_param_str] = type_sets.setdefault(elements, f"set{len(type_sets)}")
        entry["inputs"] = formals(newest.inputs, types)
        entry["outputs"] = formals(newest.outputs, types)
        entry["attributes"] = attributes(newest)
        entry["types"] = types
        entry["dropped"] = dropped(schemas)
        reasons = {str(s.since_version): difference(s, newest) for s in schemas[:-1]}
        entry["upgrades"] = {version: why for version, why in reasons.items() if why}
        operators[name] = entry
    header = {
        "origin": f"operator schemas of the onnx package {onnx.__version__}, in the short form of "
                  "scripts/make_onnx_schemas.py",
        "licence": "Apache-2.0",
    }
    lines = [f"  {json.dumps(k)}: {json.dumps(v)}," for k, v in header.items()]
    for title, table in (("type_sets", {v: k for k, v in type_sets.items()}), ("operators", operators)):
        rows = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in table.items())
        lines.append(f'  "{title}": {{\n{rows}\n  }},')
    print("{\n" + "\n".join(lines).rstrip(",") + "\n}")


if __name__ == "__main__":
    main()
