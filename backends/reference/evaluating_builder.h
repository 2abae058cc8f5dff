#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/backend.h"
#include "ir/error.h"
#include "ir/expression.h"

namespace twingrad {

// For tests of kernels and expansions: runs every node as soon as it is emitted, on the reference
// kernels, or through its expansion where there is none (or `expanding` says so).
class EvaluatingBuilder : public Builder {
 public:
  explicit EvaluatingBuilder(Graph& graph) : Builder(graph) {}
  // The names of operators that are to be expanded although they have kernels.
  std::vector<std::string_view> expanding;
  uint64_t seed = 1;

  const Tensor* known(ValueId id) const override {
    const auto found = values_.find(id);
    return found == values_.end() ? Builder::known(id) : &found->second;
  }

  std::vector<ValueId> emit(NodeSpec spec) override {
    std::vector<ValueId> outputs = Builder::emit(std::move(spec));
    const Node& node = graph().nodes().back();
    const KernelRow* row = reference_backend().find(graph(), node);
    const bool wanted = std::ranges::find(expanding, node.op->name) != expanding.end();
    if (row == nullptr || wanted) {
      if (node.op->expand == nullptr) fail_unsupported("no kernel for ", node.op->full_name());
      const std::vector<ValueId> inputs = node.inputs;
      const std::vector<ValueId> results = node.op->expand(*this, node, inputs);
      for (size_t i = 0; i < outputs.size(); ++i) {
        if (outputs[i] != kNoValue) values_[outputs[i]] = *known(results[i]);
      }
    } else {
      run(*row, node);
    }
    return outputs;
  }

 private:
  void run(const KernelRow& row, const Node& node) {
    std::vector<const Tensor*> inputs;
    for (const ValueId id : node.inputs) inputs.push_back(id == kNoValue ? nullptr : known(id));
    std::vector<Tensor*> outputs;
    for (const ValueId id : node.outputs) {
      if (id == kNoValue) {
        outputs.push_back(nullptr);
        continue;
      }
      const Type& out = type(id);
      check(out.is_static(), "the shape of ", graph().value(id).name, " is not known");
      outputs.push_back(&(values_[id] = Tensor(out.element, out.shape->shape())));
    }
    KernelContext context{node, inputs, outputs, {}, pool_, seed};
    std::vector<std::max_align_t> workspace;
    if (row.workspace != nullptr) {
      workspace.resize(row.workspace(context) / sizeof(std::max_align_t) + 1);
      context.workspace = std::as_writable_bytes(std::span(workspace));
    }
    run_kernel(row, context);
  }

  std::map<ValueId, Tensor> values_;
  ThreadPool pool_{2};
};

// One operator applied to tensors; undefined tensors are absent inputs.
struct Application {
  std::string_view op;
  std::vector<Tensor> inputs;
  Attributes attributes = {};
  size_t output_count = 1;
  std::string_view domain = "";
  std::vector<std::string_view> expanding = {};
};

inline std::vector<Tensor> evaluate(const Application& application) {
  Graph graph;
  EvaluatingBuilder builder(graph);
  builder.expanding = application.expanding;
  NodeSpec spec;
  spec.op = application.op;
  spec.domain = application.domain;
  spec.attributes = application.attributes;
  spec.output_count = application.output_count;
  for (const Tensor& input : application.inputs) {
    spec.inputs.push_back(input.defined() ? builder.constant(input) : kNoValue);
  }
  std::vector<Tensor> results;
  for (const ValueId id : builder.emit(std::move(spec))) results.push_back(*builder.known(id));
  return results;
}

inline std::vector<double> numbers(const Tensor& tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    values.push_back(element_as_double(tensor, i));
  }
  return values;
}

}  // namespace twingrad
