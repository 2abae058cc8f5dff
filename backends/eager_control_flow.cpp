#include <limits>

#include "backends/eager.h"
#include "ir/error.h"
#include "ir/expression.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

bool is_true(const Tensor& condition) {
  check(condition.type() == DataType::kBool && condition.element_count() == 1,
        "a condition must be one bool, found ", data_type_name(condition.type()),
        condition.shape());
  return condition.data<bool>()[0];
}

}  // namespace

std::vector<ValueId> Eager::emit_if(const NodeSpec& spec) {
  const bool taken = is_true(tensor(spec.inputs.at(0)));
  return replay(*spec.attributes.graph(taken ? "then_branch" : "else_branch"), *this,
                spec.captures);
}

// The slices of all turns as one tensor along a new first axis; `slice` tells the shape where there
// are none.
ValueId Eager::stacked(const std::vector<ValueId>& slices, const Type& slice) {
  if (!slices.empty()) {
    std::vector<Expr> parts;
    parts.reserve(slices.size());
    const int64_t front = 0;
    for (const ValueId id : slices) {
      parts.push_back(unsqueeze(Expr(*this, id), std::span(&front, 1)));
    }
    return concat(parts, 0).id();
  }
  check(slice.is_tensor() && slice.shape,
        "no turn was made, so the rank of a scan output is not known");
  std::vector<int64_t> extents{0};
  for (const Dimension& dim : *slice.shape) extents.push_back(dim.known() ? dim.extent : 0);
  return constant(Tensor(slice.element, Shape(std::move(extents))));
}

std::vector<ValueId> Eager::emit_loop(const NodeSpec& spec) {
  const Graph& body = *spec.attributes.graph("body");
  const auto given = [&spec](size_t i) {
    return i < spec.inputs.size() ? spec.inputs[i] : kNoValue;
  };
  int64_t limit = std::numeric_limits<int64_t>::max();
  if (given(0) != kNoValue) limit = as_int64(tensor(given(0))).at(0);
  bool go = given(1) == kNoValue || is_true(tensor(given(1)));
  std::vector<ValueId> carried;
  for (size_t i = 2; i < spec.inputs.size(); ++i) carried.push_back(spec.inputs[i]);
  const size_t scans = body.outputs().size() - 1 - carried.size();
  std::vector<std::vector<ValueId>> slices(scans);
  for (int64_t turn = 0; go && turn < limit; ++turn) {
    std::vector<ValueId> inputs{constant(Tensor::scalar<int64_t>(turn)),
                                constant(Tensor::scalar<bool>(go))};
    inputs.insert(inputs.end(), carried.begin(), carried.end());
    inputs.insert(inputs.end(), spec.captures.begin(), spec.captures.end());
    const std::vector<ValueId> outputs = replay(body, *this, inputs);
    go = is_true(tensor(outputs[0]));
    for (size_t i = 0; i < carried.size(); ++i) carried[i] = outputs[i + 1];
    for (size_t i = 0; i < scans; ++i) slices[i].push_back(outputs[i + 1 + carried.size()]);
  }
  std::vector<ValueId> results = carried;
  for (size_t i = 0; i < scans; ++i) {
    const ValueId output = body.outputs()[i + 1 + carried.size()];
    results.push_back(stacked(slices[i], body.value(output).type));
  }
  return results;
}

}  // namespace twingrad
