#include "backends/static/program.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "backends/static/passes/pass.h"
#include "backends/static/plan.h"
#include "ir/error.h"

namespace twingrad {
namespace {

void copy(const Tensor& from, Tensor& to) {
  check(from.type() == to.type() && from.shape() == to.shape(), "a parameter is ",
        data_type_name(to.type()), to.shape(), ", its update ", data_type_name(from.type()),
        from.shape());
  if (from.type() == DataType::kString) {
    std::ranges::copy(from.strings(), to.strings().begin());
  } else if (from.byte_size() > 0) {
    std::memcpy(to.raw(), from.raw(), from.byte_size());
  }
}

Datum owned(const Datum& datum) {
  return datum.is_tensor() ? Datum(datum.tensor().clone()) : datum;
}

const Node& node_of(const Step& step) {
  return *std::visit([](const auto& held) { return held.node; }, step);
}

}  // namespace

Program::Program(const Graph& graph, std::span<const Type> inputs, std::span<const Update> updates,
                 const Backend& backend, ThreadPool& pool, const ProgramOptions& options)
    : plan_(std::make_unique<Plan>(backend, pool, options)) {
  const auto begin = std::chrono::steady_clock::now();
  plan_->make_graph(graph, inputs, updates);
  plan_->make_slots(graph, updates);
  const bool fused = std::ranges::find(options.without, kFusion) == options.without.end();
  plan_->make_steps(fused);
  plan_->place();
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  plan_->statistics.build_seconds = passed.count();
}

Program::~Program() = default;

std::vector<Datum> Program::run(std::span<const Datum> inputs, uint64_t seed) {
  std::vector<Datum> outputs;
  for (const Datum& output : run_views(inputs, seed)) outputs.push_back(owned(output));
  return outputs;
}

std::span<const Datum> Program::run_views(std::span<const Datum> inputs, uint64_t seed) {
  plan_->bind_inputs(inputs);
  for (Plan::Copy& entry : plan_->staged) copy(*entry.from, entry.to);
  plan_->run_steps(seed);
  for (Plan::Copy& entry : plan_->stores) copy(*entry.from, entry.to);
  return plan_->results();
}

const ProgramStatistics& Program::statistics() const {
  return plan_->statistics;
}
const Graph& Program::planned_graph() const {
  return plan_->graph;
}

void Program::Plan::rebind(ValueId id, const std::shared_ptr<void>& memory) {
  tensor(id).rebind(memory);
  for (const ValueId view : views[static_cast<size_t>(id)]) tensor(view).rebind(memory);
}

void Program::Plan::bind_inputs(std::span<const Datum> given) {
  check(given.size() == inputs.size(), "the program has ", inputs.size(), " inputs, got ",
        given.size());
  for (size_t i = 0; i < given.size(); ++i) {
    const ValueId id = inputs[i];
    if (id == kNoValue) continue;
    const Value& value = graph.value(id);
    const Datum& datum = given[i];
    Datum& slot = slots[static_cast<size_t>(id)];
    check(!datum.empty() || value.type.kind == Type::Kind::kOptional, "input ",
          quoted_name(value.name), " is missing");
    check(datum.is_tensor() || !value.type.is_tensor(), "input ", quoted_name(value.name),
          " must be ", value.type, ", found no tensor");
    if (!value.type.is_tensor()) {
      slot = datum;
    } else if (value.type.is_static()) {
      const Tensor& tensor = datum.tensor();
      check(tensor.type() == slot.tensor().type() && tensor.shape() == slot.tensor().shape(),
            "input ", quoted_name(value.name), " must be ", value.type, ", found ",
            data_type_name(tensor.type()), tensor.shape());
      rebind(id, tensor.storage());
    } else {
      const Tensor& tensor = datum.tensor();
      intersection_of(value.type, Type::tensor(tensor.type(), PartialShape(tensor.shape())));
      slot.tensor() = tensor;
    }
  }
}

void Program::Plan::keep_results(const Node& node, std::vector<Datum> results) {
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    const ValueId id = node.outputs[i];
    if (id == kNoValue) continue;
    const Type& type = graph.value(id).type;
    if (!type.is_tensor()) {
      slots[static_cast<size_t>(id)] = std::move(results[i]);
      continue;
    }
    check(results[i].is_tensor(), "output ", i, " is no tensor");
    check(!type.is_static() || results[i].tensor().shape() == tensor(id).shape(), "output ", i,
          " is ", results[i].tensor().shape(), ", expected ", type);
    tensor(id) = std::move(results[i].tensor());
    for (const ValueId view : views[static_cast<size_t>(id)]) {
      tensor(view).rebind(tensor(id).storage());
    }
  }
}

void Program::Plan::run_steps(uint64_t seed) {
  const RunSetting run{setting, seed};
  for (size_t i = 0; i < steps.size(); ++i) {
    try {
      if (const auto* kernel = std::get_if<KernelStep>(&steps[i])) {
        run_step(*kernel, run);
      } else if (const auto* elements = std::get_if<ElementsStep>(&steps[i])) {
        run_step(*elements, run);
      } else if (const auto* dynamic = std::get_if<DynamicStep>(&steps[i])) {
        keep_results(*dynamic->node, run_step(*dynamic, run));
      } else if (const auto* evaluation = std::get_if<EvaluateStep>(&steps[i])) {
        keep_results(*evaluation->node, run_step(*evaluation, run));
      } else if (const auto* nested = std::get_if<NestedStep>(&steps[i])) {
        keep_results(*nested->node, run_step(*nested, run));
      }
    } catch (const Error& error) {
      const Node& node = node_of(steps[i]);
      throw error.at("node " + quoted_name(node.name) + " (" + node.op->full_name() + ")");
    }
    for (const ValueId id : released[i]) {
      if (graph.value(id).type.is_tensor()) {
        rebind(id, nullptr);
      } else {
        slots[static_cast<size_t>(id)] = Datum();
      }
    }
  }
}

std::span<const Datum> Program::Plan::results() {
  for (const size_t i : moving_outputs) {
    outputs[i] = slots[static_cast<size_t>(graph.outputs()[i])];
  }
  return outputs;
}

}  // namespace twingrad
