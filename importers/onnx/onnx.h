#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "ir/model.h"
#include "onnx_forms/form.h"

namespace twingrad {

// Reads an ONNX model: IR versions 3 to 14, opsets 1 to 28 of ai.onnx. The graph holds the newest
// meaning of every operator; older ones are upgraded, which may add nodes under made-up names. All
// names of the file stay. Values of outer graphs become captures of nested graphs. A function whose
// body only makes sense with a call's attributes or types (see function_table.h) is written out at
// each call; the others stay functions. Up to IR version 3 initializers are listed as inputs too;
// those are no inputs here.
//
// External data is read from the model's folder and never from outside of it.
//
// Where a shape is declared for the result of a node that gives another one, the node's counts, and
// Model::warnings has a line.
//
// `form` is how the file is written: bytes of at most 2 GiB, or a text (onnx_forms/form.h) of at
// most 512 MiB.
//
// Throws Error that names the file and the node or value: kInvalid for what ONNX forbids,
// kUnsupported for what it allows and nothing here does, all unsupported operators in one error.
// Not kept: checksums of external data (they are not verified either). What nothing here computes
// with is kept as metadata, see field_notes.h.
Model import_onnx(const std::filesystem::path& path, OnnxForm form = OnnxForm::kBytes);

// The same from memory. `folder` holds the external data; empty: a model with some is an Error.
Model import_onnx(std::span<const std::byte> bytes, const std::filesystem::path& folder = {});

}  // namespace twingrad
