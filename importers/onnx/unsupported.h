#pragma once

#include "importers/onnx/function_table.h"
#include "importers/onnx/opsets.h"
#include "importers/onnx/proto.h"

namespace twingrad {

// Throws one Error (unsupported) that lists every operator of the model, of its nested graphs and
// of its functions which has no row in ir/ops, with a node of each.
void check_operators(const onnx::ModelProto& model, const Opsets& opsets,
                     const FunctionTable& functions);

}  // namespace twingrad
