#include "importers/tfjs/ops/op_row.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<Expr> joined(const OpCall& call, size_t first, size_t last, int64_t axis) {
  const std::vector<Expr> parts = call.inputs(first, last);
  check(!parts.empty(), "joins nothing");
  return {parts.size() == 1 ? parts.front() : concat(parts, axis)};
}

// The axis is the last input.
std::vector<Expr> concat_v2(const OpCall& call) {
  check(call.input_count() >= 2, "has ", call.input_count(), " inputs, expected at least 2");
  const size_t count = call.input_count() - 1;
  return joined(call, 0, count, call.integer(count));
}

std::vector<Expr> concat_v1(const OpCall& call) {
  return joined(call, 1, call.input_count(), call.integer(0));
}

std::vector<Expr> pack(const OpCall& call) {
  const std::vector<int64_t> axis = {call.attributes.integer("axis", 0)};
  std::vector<Expr> parts;
  for (const Expr& part : call.inputs(0, call.input_count())) {
    parts.push_back(unsqueeze(part, axis));
  }
  check(!parts.empty(), "joins nothing");
  return {parts.size() == 1 ? parts.front() : concat(parts, axis[0])};
}

std::vector<Expr> tile(const OpCall& call) {
  return {call.input(0).apply("Tile", {call.as_int64(1)})};
}

const TfOpRow kJoiningRows[] = {
    {"Concat", {}, concat_v1},
    {"ConcatV2", {}, concat_v2},
    {"Pack", {}, pack},
    {"Tile", {}, tile},
};

}  // namespace

std::span<const TfOpRow> joining_op_rows() {
  return kJoiningRows;
}

}  // namespace twingrad
