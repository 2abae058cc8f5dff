#include <cmath>
#include <limits>

#include "importers/onnx/upgrade/families.h"
#include "ir/error.h"

namespace twingrad {
namespace {

using Integers = std::vector<int64_t>;

// An attribute that became input `i`.
void attribute_to_input(OldNode& node, std::string_view name, size_t i) {
  const auto values = node.take<Integers>(name);
  if (values) node.set_input(i, node.integers(*values));
}

void required_attribute_to_input(OldNode& node, std::string_view name, size_t i) {
  check(node.spec.attributes.has(name), "attribute ", quoted_name(name), " is missing");
  attribute_to_input(node, name, i);
}

// Reductions before 18 (ReduceSum before 13), Squeeze before 13. No axes at all mean all of them.
void upgrade_axes(OldNode& node) {
  if (node.spec.attributes.has("axes") && node.spec.attributes.integers("axes").empty()) {
    node.spec.attributes.erase("axes");
  }
  attribute_to_input(node, "axes", 1);
}

void upgrade_unsqueeze(OldNode& node) {
  required_attribute_to_input(node, "axes", 1);
}

void upgrade_reshape(OldNode& node) {
  required_attribute_to_input(node, "shape", 1);
}

void upgrade_slice(OldNode& node) {
  required_attribute_to_input(node, "starts", 1);
  required_attribute_to_input(node, "ends", 2);
  attribute_to_input(node, "axes", 3);
}

void rename_paddings(OldNode& node) {
  auto paddings = node.take<Integers>("paddings");
  if (paddings) node.spec.attributes.set("pads", std::move(*paddings));
}

void upgrade_pad(OldNode& node) {
  required_attribute_to_input(node, "pads", 1);
  const float value = node.take<float>("value").value_or(0.0F);
  if (value != 0) node.set_input(2, node.scalar(node.element(0), static_cast<double>(value)));
}

void upgrade_top_k(OldNode& node) {
  const auto k = node.take<int64_t>("k");
  check(k.has_value(), "attribute 'k' is missing");
  node.set_input(1, node.integers({*k}));
}

// Bounds that no number exceeds are what their absence means. Infinities were not clipped by them
// in any implementation of floats, doubles are.
void upgrade_clip(OldNode& node) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  const auto low = node.take<float>("min");
  const auto high = node.take<float>("max");
  if (low && *low > -kLargest) {
    node.set_input(1, node.scalar(node.element(0), static_cast<double>(*low)));
  }
  if (high && *high < kLargest) {
    node.set_input(2, node.scalar(node.element(0), static_cast<double>(*high)));
  }
}

void split_sizes_to_input(OldNode& node) {
  attribute_to_input(node, "split", 1);
}

// Before 18, parts without sizes are equal.
void count_split_outputs(OldNode& node) {
  if (node.has_input(1)) return;
  const auto parts = static_cast<int64_t>(node.spec.output_count);
  const auto& shape = node.builder.type(node.input(0)).shape;
  if (shape) {
    const AttributeValue* axis = node.spec.attributes.find("axis");
    const int64_t along = axis == nullptr ? 0 : node.spec.attributes.integer("axis");
    const Dimension extent = node.extent(0, along);
    check(!extent.known() || (parts > 0 && extent.extent % parts == 0), "a dimension of ",
          extent.extent, " has no ", parts, " equal parts");
  }
  node.spec.attributes.set("num_outputs", parts);
}

// Tile-1 repeats along one axis; count and axis are inputs.
void upgrade_tile(OldNode& node) {
  const Tensor* count = node.builder.known(node.input(1));
  const Tensor* axis = node.builder.known(node.input(2));
  if (count == nullptr || axis == nullptr) {
    fail_unsupported("'tiles' and 'axis' of opset ", node.version, " must be constants");
  }
  check(count->element_count() == 1 && axis->element_count() == 1,
        "'tiles' and 'axis' must have one element");
  Integers repeats(static_cast<size_t>(node.rank(0)), 1);
  const double along = element_as_double(*axis, 0);
  check(along >= 0 && along < static_cast<double>(repeats.size()), "axis ", along,
        " is out of range for rank ", repeats.size());
  const double times = element_as_double(*count, 0);
  check(times >= 0 && times < 9e15 && std::floor(times) == times, "a repetition of ", times);
  repeats[static_cast<size_t>(along)] = static_cast<int64_t>(times);
  node.spec.inputs = {node.input(0), node.integers(repeats)};
}

void upgrade_dft(OldNode& node) {
  const int64_t axis = node.take<int64_t>("axis").value_or(1);
  node.set_input(2, node.builder.constant(Tensor::scalar(axis)));
}

}  // namespace

std::vector<UpgradeRow> input_upgrades() {
  std::vector<UpgradeRow> rows = {
      {"ReduceSum", 13, upgrade_axes},
      {"Squeeze", 13, upgrade_axes},
      {"Unsqueeze", 13, upgrade_unsqueeze},
      {"Reshape", 5, upgrade_reshape},
      {"Slice", 10, upgrade_slice},
      {"Pad", 2, rename_paddings},
      {"Pad", 11, upgrade_pad, true},
      {"TopK", 10, upgrade_top_k},
      {"Clip", 11, upgrade_clip, true},
      {"Split", 13, split_sizes_to_input},
      {"Split", 18, count_split_outputs},
      {"Tile", 6, upgrade_tile, true},
      {"DFT", 20, upgrade_dft},
  };
  for (const auto* op : {"ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax",
                         "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSumSquare"}) {
    rows.push_back({op, 18, upgrade_axes});
  }
  return rows;
}

}  // namespace twingrad
