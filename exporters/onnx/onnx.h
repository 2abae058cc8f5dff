#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ir/model.h"
#include "onnx_forms/form.h"

namespace twingrad {

// The bytes of a model in ONNX's format.
//
// Opset: the oldest from 21 to 28 that has all of the model's operators, attributes and element
// types, so that as many runtimes as possible take it; or the given one, from 13 on (lower.h writes
// operators that came later in terms of older ones). Names stay, where ONNX
// allows: values of nested graphs whose name is also one of a graph around get another. Captures
// are references to outer values again. Attributes that have their default are left out. Constants
// that a rule or pass made up become Constant nodes. A graph without a name, which ONNX does not
// allow, is called "graph"; of nodes of one name, all but the first get a number behind it. A graph
// that returns a value twice, or a captured one, gets an Identity.
//
// Throws Error (unsupported): operators of domain "twingrad" (lower.h writes them in terms of
// ONNX's), something that the given opset does not have, more than 2 GiB.
std::string export_onnx(const Model& model, std::optional<int64_t> opset = std::nullopt);

struct OnnxOptions {
  std::optional<int64_t> opset;
  // Initializers of at least so many bytes go into the file PATH.data beside the model. Without
  // it, those of 1 KiB and more do where all together have more than 2 GB, which protobuf could
  // not hold.
  std::optional<uint64_t> external_threshold;
  OnnxForm form = OnnxForm::kBytes;
};

// To a file, which appears as a whole or not at all, as PATH.data does, before it. Errors name it.
void export_onnx(const Model& model, const std::string& path, const OnnxOptions& options = {});

}  // namespace twingrad
