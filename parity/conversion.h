#pragma once

#include <cstdint>
#include <string>

#include "backends/thread_pool.h"
#include "ir/model.h"
#include "parity/model_inputs.h"
#include "parity/report.h"

namespace twingrad {

// Larger models (tensor_bytes) are not run twice to be compared.
inline constexpr uint64_t kLargestRun = uint64_t{1} << 30;

// Whether a converted model is the same model: outputs, and gradients of all inputs and parameters
// under drawn cotangents, of both at one drawn point, within 1e-6 of the largest element. Gradients
// are left out (the leg says so) where the model cannot be differentiated.
CaseReport compare_models(const Model& original, const Model& converted, const InputChoices& inputs,
                          ThreadPool& pool);

// The same of a model and what folding made of it. Gradients are those of inputs and of the
// parameters that have the same elements in both.
CaseReport compare_folded(const Model& original, const Model& folded, const InputChoices& inputs,
                          ThreadPool& pool);

// The same question about models that are too large to be run twice. Where two models differ in
// what is computed: in a node, an attribute, a name, a type or one bit of a tensor; empty where
// they do not, and then all that could be run is equal too. What a file says about itself (its
// opset, its producer) does not count.
std::string different_computation(const Model& original, const Model& converted);

// Of all data of the model, in memory.
uint64_t tensor_bytes(const Model& model);

}  // namespace twingrad
