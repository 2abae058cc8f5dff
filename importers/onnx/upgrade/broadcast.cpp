#include <numeric>

#include "importers/onnx/upgrade/families.h"
#include "ir/error.h"

namespace twingrad {
namespace {

// `count` axes of length 1 behind the last axis of an input.
void append_axes(OldNode& node, size_t input, int64_t count) {
  if (count == 0) return;
  std::vector<int64_t> axes(static_cast<size_t>(count));
  std::iota(axes.begin(), axes.end(), node.rank(input));
  node.set_input(input,
                 node.builder.emit_one("Unsqueeze", {node.input(input), node.integers(axes)}));
}

// Up to opset 6, B broadcasts to A only where `broadcast` is set: its axes are those of A from
// `axis` on, or the last ones. From 7 on it is NumPy's broadcasting.
void upgrade_binary(OldNode& node) {
  const bool broadcasts = node.take<int64_t>("broadcast").value_or(0) != 0;
  const auto axis = node.take<int64_t>("axis");
  const auto& a = node.builder.type(node.input(0)).shape;
  const auto& b = node.builder.type(node.input(1)).shape;
  if (!broadcasts) {
    const bool differ =
        a && b &&
        (a->rank() != b->rank() || (a->known() && b->known() && a->shape() != b->shape()));
    if (differ) fail("shapes ", *a, " and ", *b, " differ, and attribute 'broadcast' is not set");
    return;
  }
  if (!axis) return;
  const int64_t first = normalized_axis(*axis, node.rank(0));
  const int64_t behind = node.rank(0) - first - node.rank(1);
  check(behind >= 0, "B of rank ", node.rank(1), " does not fit into A of rank ", node.rank(0),
        " from axis ", first, " on");
  append_axes(node, 1, behind);
}

// Up to opset 6, one slope for each channel, axis 1, is a vector.
void upgrade_prelu(OldNode& node) {
  const bool one_for_all = node.rank(1) == 1 && node.extent(1, 0).is(1);
  if (node.rank(1) == 1 && node.rank(0) > 2 && !one_for_all) {
    append_axes(node, 1, node.rank(0) - 2);
  }
}

void upgrade_gemm(OldNode& node) {
  node.take<int64_t>("broadcast");
}

}  // namespace

std::vector<UpgradeRow> broadcast_upgrades() {
  std::vector<UpgradeRow> rows = {
      {"Gemm", 7, upgrade_gemm},
      {"PRelu", 7, upgrade_prelu, true},
  };
  for (const auto* op :
       {"Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less"}) {
    rows.push_back({op, 7, upgrade_binary, true});
  }
  return rows;
}

}  // namespace twingrad
