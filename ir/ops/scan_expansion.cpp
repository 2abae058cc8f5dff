#include "ir/ops/scan_expansion.h"

#include <limits>

#include "ir/error.h"
#include "ir/expression.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

struct ScanShape {
  size_t states;
  size_t sequences;
  std::vector<int64_t> input_axes;
  std::vector<bool> input_backward;
};

int64_t entry_of(const Attributes& attributes, std::string_view name, size_t i) {
  const auto list = attributes.integers_or(name, {});
  return i < list.size() ? list[i] : 0;
}

ScanShape scan_shape(Builder& builder, const Node& node, std::span<const ValueId> inputs) {
  ScanShape shape;
  const size_t own = inputs.size() - node.captures;
  const int64_t sequences = node.attributes.integer("num_scan_inputs");
  check(sequences >= 1 && sequences <= static_cast<int64_t>(own), "attribute 'num_scan_inputs' is ",
        sequences, ", the node has ", own, " inputs");
  shape.sequences = static_cast<size_t>(sequences);
  shape.states = own - shape.sequences;
  for (size_t i = 0; i < shape.sequences; ++i) {
    const Expr sequence(builder, inputs[shape.states + i]);
    shape.input_axes.push_back(
        normalized_axis(entry_of(node.attributes, "scan_input_axes", i), sequence.rank()));
    shape.input_backward.push_back(entry_of(node.attributes, "scan_input_directions", i) != 0);
  }
  return shape;
}

// The number of turns as an int64 scalar.
Expr turn_count(Builder& builder, ValueId sequence, int64_t axis) {
  const Expr x(builder, sequence);
  const Expr extents = shape_of(x);
  return gather(extents, Expr(builder, builder.constant(Tensor::scalar<int64_t>(axis))), 0);
}

GraphPointer loop_body(Builder& outer, const Graph& body, const ScanShape& shape,
                       std::span<const ValueId> captured) {
  auto graph = std::make_shared<Graph>();
  Builder builder(*graph);
  const Expr turn(builder, builder.input("", Type::tensor(DataType::kInt64, PartialShape{})));
  const ValueId go = builder.input("", Type::tensor(DataType::kBool, PartialShape{}));
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < shape.states; ++i) {
    inputs.push_back(builder.input("", body.value(body.inputs()[i]).type));
  }
  std::vector<ValueId> inside;
  for (const ValueId id : captured) inside.push_back(builder.capture("", outer, id));
  for (size_t i = 0; i < shape.sequences; ++i) {
    const Expr sequence(builder, inside[i]);
    Expr index = turn;
    if (shape.input_backward[i]) {
      index = turn_count(builder, inside[i], shape.input_axes[i]) - turn.like(1) - turn;
    }
    inputs.push_back(gather(sequence, index, shape.input_axes[i]).id());
  }
  inputs.insert(inputs.end(), inside.begin() + static_cast<std::ptrdiff_t>(shape.sequences),
                inside.end());
  std::vector<ValueId> outputs{builder.emit_one("Identity", {go})};
  for (const ValueId id : replay(body, builder, inputs)) outputs.push_back(id);
  graph->set_outputs(std::move(outputs));
  return graph;
}

// From [turns, shape...] in forward order to the axis and direction that were asked for.
Expr placed(Expr stacked, int64_t axis, bool backward) {
  constexpr int64_t kBeforeFirst = std::numeric_limits<int64_t>::min() + 1;
  if (backward) {
    stacked = stacked.apply("Slice", {stacked.integers({-1}), stacked.integers({kBeforeFirst}),
                                      stacked.integers({0}), stacked.integers({-1})});
  }
  const int64_t rank = stacked.rank();
  axis = normalized_axis(axis, rank);
  if (axis == 0) return stacked;
  std::vector<int64_t> permutation;
  for (int64_t k = 1; k < rank; ++k) permutation.push_back(k);
  permutation.insert(permutation.begin() + axis, 0);
  return transpose(stacked, permutation);
}

}  // namespace

std::vector<ValueId> expand_scan(Builder& builder, const Node& node,
                                 std::span<const ValueId> inputs) {
  const ScanShape shape = scan_shape(builder, node, inputs);
  const Graph& body = *node.attributes.graph("body");
  NodeSpec loop;
  loop.op = "Loop";
  loop.inputs = {turn_count(builder, inputs[shape.states], shape.input_axes[0]).id(), kNoValue};
  loop.inputs.insert(loop.inputs.end(), inputs.begin(),
                     inputs.begin() + static_cast<std::ptrdiff_t>(shape.states));
  loop.captures.assign(inputs.begin() + static_cast<std::ptrdiff_t>(shape.states), inputs.end());
  loop.attributes.set("body", loop_body(builder, body, shape, loop.captures));
  loop.output_count = body.outputs().size();
  std::vector<ValueId> outputs = builder.emit(std::move(loop));
  for (size_t i = shape.states; i < outputs.size(); ++i) {
    const size_t k = i - shape.states;
    outputs[i] = placed(Expr(builder, outputs[i]), entry_of(node.attributes, "scan_output_axes", k),
                        entry_of(node.attributes, "scan_output_directions", k) != 0)
                     .id();
  }
  return outputs;
}

}  // namespace twingrad
