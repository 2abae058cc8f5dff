#pragma once

#include <string_view>
#include <vector>

#include "backends/eager.h"
#include "ir/error.h"

namespace twingrad {

// For tests of kernels and expansions.

// One operator to be applied to tensors; undefined tensors are absent inputs.
struct Application {
  std::string_view op;
  std::vector<Tensor> inputs;
  Attributes attributes = {};
  size_t output_count = 1;
  std::string_view domain = "";
  uint64_t seed = 1;
};

inline std::vector<ValueId> emit_application(Builder& builder, const Application& application) {
  NodeSpec spec;
  spec.op = application.op;
  spec.domain = application.domain;
  spec.attributes = application.attributes;
  spec.output_count = application.output_count;
  for (const Tensor& input : application.inputs) {
    spec.inputs.push_back(input.defined() ? builder.constant(input) : kNoValue);
  }
  return builder.emit(std::move(spec));
}

inline std::vector<Tensor> tensors_of(const Eager& eager, std::span<const ValueId> ids) {
  std::vector<Tensor> tensors;
  for (const ValueId id : ids) tensors.push_back(id == kNoValue ? Tensor() : eager.tensor(id));
  return tensors;
}

// The outputs, by the reference kernel (or the expansion of an operator that has none).
inline std::vector<Tensor> evaluate(const Application& application) {
  Graph graph;
  ThreadPool pool(2);
  Eager eager(graph, {&reference_backend(), &pool, nullptr, application.seed});
  return tensors_of(eager, emit_application(eager, application));
}

// The outputs, by the operator's expansion although it has a kernel.
inline std::vector<Tensor> evaluate_expansion(const Application& application) {
  Graph typed;
  Builder builder(typed);
  const std::vector<ValueId> outputs = emit_application(builder, application);
  const Node& node = typed.nodes().back();
  Graph graph;
  ThreadPool pool(2);
  Eager eager(graph, {&reference_backend(), &pool, nullptr, application.seed});
  std::vector<ValueId> inputs;
  for (const Tensor& input : application.inputs) {
    inputs.push_back(input.defined() ? eager.constant(input) : kNoValue);
  }
  return tensors_of(eager, node.op->expand(eager, node, inputs));
}

inline std::vector<double> numbers(const Tensor& tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    values.push_back(element_as_double(tensor, i));
  }
  return values;
}

// The first output.
inline Tensor compute(const Application& application) {
  return evaluate(application)[0];
}
inline Tensor compute(std::string_view op, std::vector<Tensor> inputs, Attributes attributes = {}) {
  return evaluate({.op = op, .inputs = std::move(inputs), .attributes = std::move(attributes)})[0];
}

template <typename T>
Tensor vector(std::initializer_list<T> values) {
  return Tensor::of<T>({static_cast<int64_t>(values.size())}, values);
}

}  // namespace twingrad
