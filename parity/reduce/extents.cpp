#include <algorithm>
#include <cstring>
#include <set>

#include "backends/backend.h"
#include "ir/error.h"
#include "ir/replay.h"
#include "parity/model_inputs.h"
#include "parity/reduce/simplify.h"
#include "parity/runner.h"

namespace twingrad {
namespace {

// The first `extent` of the elements along an axis.
Tensor sliced(const Tensor& tensor, int64_t axis, int64_t extent) {
  int64_t outer = 1;
  for (int64_t i = 0; i < axis; ++i) outer *= tensor.shape()[i];
  Shape shape;
  for (int64_t i = 0; i < tensor.rank(); ++i) shape.append(i == axis ? extent : tensor.shape()[i]);
  Tensor result(tensor.type(), shape);
  if (outer == 0 || tensor.shape()[axis] == 0) return result;
  const size_t before = tensor.byte_size() / static_cast<size_t>(outer);
  const size_t after = result.byte_size() / static_cast<size_t>(outer);
  for (size_t i = 0; i < static_cast<size_t>(outer); ++i) {
    std::memcpy(static_cast<std::byte*>(result.raw()) + i * after,
                static_cast<const std::byte*>(tensor.raw()) + i * before, after);
  }
  return result;
}

// Which axes become shorter: those of this extent, at one place or at any, of inputs or of
// parameters too.
struct Shortening {
  int64_t from = 0;
  int64_t to = 0;
  std::optional<int64_t> axis;
  bool parameters = false;

  std::string text() const {
    return "extent " + std::to_string(from) + " to " + std::to_string(to) + " at " +
           (axis ? "axis " + std::to_string(*axis) : std::string("every axis")) +
           (parameters ? " of inputs and parameters" : " of inputs");
  }
  Tensor applied(Tensor tensor) const {
    if (tensor.type() == DataType::kString) return tensor;
    for (int64_t i = 0; i < tensor.rank(); ++i) {
      if (tensor.shape()[i] == from && (!axis || *axis == i)) tensor = sliced(tensor, i, to);
    }
    return tensor;
  }
};

// The graph again with what goes in shortened; throws Error where the nodes do not allow it.
Graph shortened(const ParityCase& item, const Shortening& how, NamedData& inputs) {
  Graph graph;
  graph.name = item.graph.name;
  Builder builder(graph);
  ValueMap map(item.graph.values().size(), kNoValue);
  for (size_t i = 0; i < map.size(); ++i) {
    const Value& value = item.graph.values()[i];
    if (value.kind == Value::Kind::kInput) {
      const auto given = inputs.find(value.name);
      if (given != inputs.end())
        given->second =
            transformed(given->second, [&](const Tensor& one) { return how.applied(one); });
      Type type = value.type;
      if (given != inputs.end() && given->second.is_tensor()) {
        type = Type::tensor(given->second.tensor().type(), given->second.tensor().shape());
      }
      map[i] = builder.input(value.name, type);
    } else if (value.kind == Value::Kind::kInitializer) {
      const bool shorter = how.parameters && is_floating_point(value.data->type());
      map[i] = builder.initializer(value.name, shorter ? how.applied(*value.data) : *value.data);
    } else if (value.kind == Value::Kind::kConstant) {
      map[i] = builder.constant(*value.data);
    }
  }
  for (const Node& node : item.graph.nodes()) replay_node(item.graph, node, builder, map);
  graph.set_outputs(mapped(item.graph.outputs(), map));
  return graph;
}

// A tensor cut down to a shape, or drawn where it does not have the rank.
Tensor fitted(const Tensor& tensor, const Tensor& like, uint64_t seed, const std::string& name) {
  Tensor result = tensor;
  bool fits = tensor.rank() == like.rank();
  for (int64_t i = 0; fits && i < like.rank(); ++i) {
    fits = like.shape()[i] <= result.shape()[i];
    if (fits && like.shape()[i] < result.shape()[i]) result = sliced(result, i, like.shape()[i]);
  }
  return fits ? result : drawn_tensor(like.type(), like.shape(), seed, stream_of(name));
}

std::optional<ParityCase> with_shorter(const ParityCase& item, const Shortening& how,
                                       ThreadPool& pool) {
  try {
    ParityCase result = item;
    result.graph = shortened(item, how, result.question.inputs);
    Question forward = result.question;
    forward.graph = &result.graph;
    forward.outputs.clear();
    for (const auto& [name, datum] : item.question.cotangents) forward.outputs.push_back(name);
    forward.cotangents.clear();
    const Answer answer = eager_runner(reference_backend(), pool).run(forward);
    for (auto& [name, datum] : result.question.cotangents) {
      if (!datum.is_tensor()) return std::nullopt;
      datum = fitted(datum.tensor(), answer.outputs.at(name).tensor(), item.question.seed, name);
    }
    for (auto& [name, datum] : result.question.directions) {
      if (!datum.is_tensor()) return std::nullopt;
      const auto given = result.question.inputs.find(name);
      const Value& value = result.graph.value(*result.graph.find(name));
      const Tensor& like =
          given != result.question.inputs.end() ? given->second.tensor() : *value.data;
      datum = fitted(datum.tensor(), like, item.question.seed, name);
    }
    return result;
  } catch (const Error&) {
    return std::nullopt;  // the nodes do not allow it
  }
}

// The extents of more than one element that inputs have, at each axis, the largest first.
std::vector<Shortening> shortenings(const ParityCase& item) {
  std::set<std::pair<int64_t, int64_t>> at_axis;
  std::set<int64_t> extents;
  for (const auto& [name, datum] : item.question.inputs) {
    if (!datum.is_tensor()) continue;
    const Tensor& tensor = datum.tensor();
    for (int64_t i = 0; i < tensor.rank(); ++i) {
      if (tensor.shape()[i] < 2) continue;
      at_axis.emplace(tensor.shape()[i], i);
      extents.insert(tensor.shape()[i]);
    }
  }
  std::vector<Shortening> all;
  for (const auto& [extent, axis] : at_axis) all.push_back({extent, 0, axis, false});
  for (const int64_t extent : extents) {
    all.push_back({extent, 0, std::nullopt, false});
    all.push_back({extent, 0, std::nullopt, true});
  }
  std::ranges::stable_sort(all, std::ranges::greater(), &Shortening::from);
  return all;
}

}  // namespace

ParityCase with_smaller_extents(ParityCase item, const StillFails& fails) {
  ThreadPool pool(1);
  const auto shorten_one = [&] {
    for (Shortening how : shortenings(item)) {
      for (const int64_t to : {int64_t{1}, int64_t{2}, (how.from + 1) / 2}) {
        if (to >= how.from || (to > 2 && to == how.to)) continue;
        how.to = to;
        auto candidate = with_shorter(item, how, pool);
        if (!candidate || !fails(how.text(), *candidate)) continue;
        item = std::move(*candidate);
        return true;
      }
    }
    return false;
  };
  while (shorten_one()) {
  }
  return item;
}

}  // namespace twingrad
