#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <string>

#include "backends/eager.h"
#include "ir/random.h"
#include "ir/replay.h"

namespace twingrad {

using Values = std::map<std::string, Tensor>;

// A normal number for every element of every input; a symbolic extent is `symbol`.
inline Values drawn_inputs(const Graph& graph, int64_t symbol = 2) {
  Values inputs;
  for (const ValueId id : graph.inputs()) {
    const Value& value = graph.value(id);
    Shape shape;
    for (const Dimension& dim : *value.type.shape) shape.append(dim.known() ? dim.extent : symbol);
    Tensor tensor(value.type.element, shape);
    const RandomStream random(1, static_cast<uint64_t>(id));
    for (int64_t i = 0; i < tensor.element_count(); ++i) {
      set_element(tensor, i, random.normal(static_cast<uint64_t>(i)));
    }
    inputs[value.name] = std::move(tensor);
  }
  return inputs;
}

// Runs the graph, eagerly, on the inputs of their names; every tensor in it by its name.
inline Values run_for_values(const Graph& graph, const Values& inputs) {
  ThreadPool pool(1);
  Graph tape;
  Eager eager(tape, {.backend = &openblas_backend(), .pool = &pool});
  ValueMap map = replay_data(graph, eager);
  for (const ValueId id : graph.inputs()) {
    const Value& value = graph.value(id);
    map[static_cast<size_t>(id)] = eager.input("", Datum(inputs.at(value.name)));
  }
  for (const Node& node : graph.nodes()) replay_node(graph, node, eager, map);
  Values values;
  for (size_t i = 0; i < map.size(); ++i) {
    if (map[i] != kNoValue) values[graph.values()[i].name] = eager.tensor(map[i]);
  }
  return values;
}

inline Values outputs_of(const Graph& graph, const Values& inputs) {
  const Values all = run_for_values(graph, inputs);
  Values outputs;
  for (const ValueId id : graph.outputs()) {
    const std::string& name = graph.value(id).name;
    outputs[name] = all.at(name);
  }
  return outputs;
}

// The largest difference in units of the largest element of the second; shapes must be equal.
inline double difference_of(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape(), b.shape());
  double largest = 0;
  double most = 0;
  for (int64_t i = 0; i < b.element_count(); ++i) {
    const double want = element_as_double(b, i);
    largest = std::max(largest, std::abs(want));
    most = std::max(most, std::abs(element_as_double(a, i) - want));
  }
  return largest == 0 ? most : most / largest;
}

// Bit for bit, names and types included.
inline bool same_values(const Values& a, const Values& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, tensor] : a) {
    const auto other = b.find(name);
    if (other == b.end() || tensor.type() != other->second.type() ||
        tensor.shape() != other->second.shape() ||
        std::memcmp(tensor.bytes().data(), other->second.bytes().data(), tensor.byte_size()) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace twingrad
