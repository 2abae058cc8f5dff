#include <algorithm>

#include "ir/error.h"
#include "parity/hypotheses/graph_edit.h"

// Pixels of padding at other sides of an image.

namespace twingrad {
namespace {

using Pads = std::vector<int64_t>;  // of all axes at the begin, then at the end

// Pads that leave the same extents, or may: swapped, and a pixel less or more at one side.
std::vector<Pads> other_pads(const Pads& pads) {
  const size_t axes = pads.size() / 2;
  std::vector<Pads> result;
  const auto add = [&](int64_t begin, int64_t end) {
    Pads other = pads;
    bool possible = true;
    for (size_t axis = 0; axis < axes; ++axis) {
      other[axis] += begin;
      other[axis + axes] += end;
      possible = possible && other[axis] >= 0 && other[axis + axes] >= 0;
    }
    if (possible) result.push_back(std::move(other));
  };
  Pads swapped(pads.begin() + static_cast<std::ptrdiff_t>(axes), pads.end());
  swapped.insert(swapped.end(), pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(axes));
  if (swapped != pads) result.push_back(std::move(swapped));
  add(-1, 0);
  add(0, -1);
  add(-1, 1);
  add(1, -1);
  add(0, 1);
  add(1, 0);
  return result;
}

void add_windows(std::vector<NodeChange>& changes, NodeId id, const Node& node) {
  const AttributeValue* pads = node.attributes.find("pads");
  const auto* automatic = std::get_if<std::string>(node.attributes.find("auto_pad"));
  if (automatic != nullptr && automatic->starts_with("SAME")) {
    const std::string other = *automatic == "SAME_UPPER" ? "SAME_LOWER" : "SAME_UPPER";
    changes.push_back(attribute_change(id, "auto_pad", other, other, *automatic));
  }
  if (pads == nullptr) return;
  const auto* here = std::get_if<Pads>(pads);
  if (here == nullptr) return;
  for (Pads& other : other_pads(*here)) {
    const std::string text = join_text(Shape(other));
    changes.push_back(
        attribute_change(id, "pads", std::move(other), text, join_text(Shape(*here))));
  }
}

// Pad of an image in front of a convolution, as exporters write SAME.
void add_pad_node(std::vector<NodeChange>& changes, const FailedCase& failed, NodeId id,
                  const Node& node) {
  const Tensor* constant = known_tensor(failed.item, node.inputs[1]);
  if (constant == nullptr || constant->type() != DataType::kInt64) return;
  const Pads here = as_int64(*constant);
  const size_t axes = here.size() / 2;
  Pads other(here.begin() + static_cast<std::ptrdiff_t>(axes), here.end());
  other.insert(other.end(), here.begin(), here.begin() + static_cast<std::ptrdiff_t>(axes));
  if (other == here) return;
  const NodeEdit edit = [other, shape = constant->shape()](Builder& builder, NodeSpec spec) {
    spec.inputs[1] = builder.constant(Tensor::of<int64_t>(shape, std::span(other)));
    return builder.emit(std::move(spec));
  };
  changes.push_back(
      {id, join_text("pads ", Shape(other), " (here ", Shape(here), ")"), {{id, edit}}});
}

}  // namespace

void other_paddings(const FailedCase& failed, const VariantTest& test) {
  std::vector<NodeChange> changes;
  NodeId id = 0;
  for (const Node& node : failed.item.graph.nodes()) {
    for (const char* name : {"Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool"}) {
      if (is_operator(node, name)) add_windows(changes, id, node);
    }
    if (is_operator(node, "Pad")) add_pad_node(changes, failed, id, node);
    ++id;
  }
  try_changes(failed, changes, test);
}

}  // namespace twingrad
