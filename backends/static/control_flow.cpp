#include "backends/static/control_flow.h"

#include <array>
#include <cstring>
#include <limits>

#include "backends/static/stacked_slices.h"

#include "ir/error.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

bool is_true(const Datum& condition) {
  check(condition.is_tensor() && condition.tensor().type() == DataType::kBool &&
            condition.tensor().element_count() == 1,
        "a condition must be one bool");
  return condition.tensor().data<bool>()[0];
}

// The node alone, as a graph: constant inputs inside, the others as inputs (absent ones too, so
// that positions stay).
Graph single_node_graph(const Graph& graph, const Node& node,
                        std::span<const Tensor* const> constants) {
  Graph single;
  Builder builder(single);
  ValueMap map(graph.values().size(), kNoValue);
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId id = node.inputs[i];
    const Type type =
        id == kNoValue ? Type::tensor(DataType::kBool, PartialShape{0}) : graph.value(id).type;
    const ValueId input = builder.input("", type);
    if (id == kNoValue) continue;
    map[static_cast<size_t>(id)] =
        constants[i] != nullptr ? builder.constant(*constants[i]) : input;
  }
  replay_node(graph, node, builder, map);
  single.set_outputs(mapped(node.outputs, map));
  return single;
}

// Puts a result of a turn into storage of the loop's own: the program writes over its outputs in
// the next turn.
void save(const Datum& from, Datum& to) {
  if (!from.is_tensor()) {
    to = from;
    return;
  }
  const Tensor& source = from.tensor();
  const bool fits = to.is_tensor() && to.tensor().type() == source.type() &&
                    to.tensor().shape() == source.shape() && source.type() != DataType::kString;
  if (!fits) {
    to = source.clone();
  } else if (source.byte_size() > 0) {
    std::memcpy(to.tensor().raw(), source.raw(), source.byte_size());
  }
}

}  // namespace

NestedRun::NestedRun(const Graph& graph, const Node& node, std::span<const Tensor* const> constants,
                     const Backend& backend, ThreadPool& pool, const ProgramOptions& options)
    : node_(node) {
  const auto add = [&](Graph body) {
    bodies_.push_back(std::make_unique<StaticExecutor>(std::move(body), std::vector<Update>(),
                                                       backend, pool, options));
  };
  if (node.op->name == "If") {
    add(*node.attributes.graph("then_branch"));
    add(*node.attributes.graph("else_branch"));
  } else if (node.op->name == "Loop") {
    add(*node.attributes.graph("body"));
  } else {
    add(single_node_graph(graph, node, constants));
  }
}

std::vector<Datum> NestedRun::run(std::span<const Datum* const> inputs, uint64_t seed) {
  if (node_.op->name == "If") return run_if(inputs, seed);
  if (node_.op->name == "Loop") return run_loop(inputs, seed);
  std::vector<Datum> given;
  for (const Datum* input : inputs) {
    given.push_back(input == nullptr ? Tensor(DataType::kBool, {0}) : *input);
  }
  return bodies_[0]->run(given, seed);
}

std::vector<Datum> NestedRun::run_if(std::span<const Datum* const> inputs, uint64_t seed) {
  std::vector<Datum> captured;
  for (const Datum* input : inputs.last(node_.captures)) captured.push_back(*input);
  return bodies_[is_true(*inputs[0]) ? 0 : 1]->run(captured, seed);
}

std::vector<Datum> NestedRun::run_loop(std::span<const Datum* const> inputs, uint64_t seed) {
  const size_t carried = inputs.size() - node_.captures - 2;
  int64_t limit = std::numeric_limits<int64_t>::max();
  if (inputs[0] != nullptr) limit = as_int64(inputs[0]->tensor()).at(0);
  bool go = inputs[1] == nullptr || is_true(*inputs[1]);
  const std::vector<ValueId>& results = bodies_[0]->graph().outputs();
  const int64_t expected = inputs[0] == nullptr ? 1 : limit;
  std::vector<StackedSlices> scans(results.size() - 1 - carried, StackedSlices(expected));
  Tensor turn_number = Tensor::scalar<int64_t>(0);
  Tensor condition = Tensor::scalar<bool>(go);
  std::vector<Datum> given{turn_number, condition};
  for (const Datum* input : inputs.subspan(2)) given.push_back(*input);
  std::array<std::vector<Datum>, 2> saved{std::vector<Datum>(carried), std::vector<Datum>(carried)};
  for (int64_t turn = 0; go && turn < limit; ++turn) {
    turn_number.data<int64_t>()[0] = turn;
    condition.data<bool>()[0] = go;
    const std::span<const Datum> outputs = bodies_[0]->run_views(given, seed);
    go = is_true(outputs[0]);
    std::vector<Datum>& mine = saved[static_cast<size_t>(turn % 2)];
    for (size_t i = 0; i < carried; ++i) {
      save(outputs[i + 1], mine[i]);
      given[i + 2] = mine[i];
    }
    for (size_t i = 0; i < scans.size(); ++i) scans[i].append(outputs[i + 1 + carried].tensor());
  }
  std::vector<Datum> all;
  for (size_t i = 0; i < carried; ++i) {
    const Datum& last = given[i + 2];
    // Without a turn it is the caller's own tensor.
    const bool borrowed = last.is_tensor() && inputs[i + 2]->is_tensor() &&
                          last.tensor().storage() == inputs[i + 2]->tensor().storage();
    all.push_back(borrowed ? Datum(last.tensor().clone()) : last);
  }
  for (size_t i = 0; i < scans.size(); ++i) {
    const ValueId id = results[i + 1 + carried];
    all.emplace_back(scans[i].finish(bodies_[0]->graph().value(id).type));
  }
  return all;
}

}  // namespace twingrad
