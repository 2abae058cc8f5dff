#include "exporters/onnx/downgrade.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {
namespace {

struct Site {
  const Graph& graph;
  const Node& node;
  onnx::NodeProto& proto;
};

bool has_input(const Site& site, size_t i) {
  return i < site.node.inputs.size() && site.node.inputs[i] != kNoValue;
}

// The integers of an input that the file holds: an initializer's or a constant's.
std::vector<int64_t> known_integers(const Site& site, size_t i) {
  const Value& value = site.graph.value(site.node.inputs[i]);
  if (value.data && value.kind != Value::Kind::kInput) return as_int64(*value.data);
  if (value.kind == Value::Kind::kResult) {
    const Node& producer = site.graph.node(value.producer);
    if (producer.op != nullptr && producer.op->name == "Constant") {
      return as_int64(producer.attributes.tensor("value"));
    }
  }
  fail_unsupported("older opsets than the model's cannot express node ",
                   quoted_name(site.node.name), " (", site.node.op->name, "): its ",
                   site.node.op->inputs[i].name, " are computed");
}

void remove_inputs_from(const Site& site, int first) {
  while (site.proto.input_size() > first) site.proto.mutable_input()->RemoveLast();
}

void remove_attribute(const Site& site, std::string_view name) {
  auto& attributes = *site.proto.mutable_attribute();
  const auto found = std::ranges::find(attributes, name, &onnx::AttributeProto::name);
  if (found != attributes.end()) attributes.erase(found);
}

onnx::AttributeProto& added(const Site& site, const std::string& name,
                            onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& attribute = *site.proto.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

void axes_as_attribute(const Site& site) {
  if (!has_input(site, 1)) return;
  const std::vector<int64_t> axes = known_integers(site, 1);
  remove_inputs_from(site, 1);
  if (axes.empty()) return;  // all of them, which is what no attribute says
  auto& attribute = added(site, "axes", onnx::AttributeProto::INTS);
  for (const int64_t axis : axes) attribute.add_ints(axis);
}

// The default was another axis, too.
void axis_as_attribute(const Site& site) {
  constexpr int64_t kLastBeforeParts = -2;
  const int64_t axis = has_input(site, 2) ? known_integers(site, 2).at(0) : kLastBeforeParts;
  remove_inputs_from(site, has_input(site, 1) ? 2 : 1);
  added(site, "axis", onnx::AttributeProto::INT).set_i(axis);
}

void longer_mode_names(const Site& site) {
  for (onnx::AttributeProto& attribute : *site.proto.mutable_attribute()) {
    if (attribute.name() != "mode") continue;
    if (attribute.s() == "linear") attribute.set_s("bilinear");
    if (attribute.s() == "cubic") attribute.set_s("bicubic");
  }
}

void without_coordinate_mode(const Site& site) {
  remove_attribute(site, "coordinate_transformation_mode");
}

void without_count(const Site& site) {
  remove_attribute(site, "num_outputs");
}

void without_meaning_of_zero(const Site& site) {
  remove_attribute(site, "allowzero");
}

// A form that holds from this opset on, and how to say the same before.
struct Row {
  std::string_view op;
  int64_t opset;
  void (*rewrite)(const Site& site);
};

constexpr std::array kRows = {
    Row{"DFT", 20, axis_as_attribute},
    Row{"GridSample", 20, longer_mode_names},
    Row{"ReduceL1", 18, axes_as_attribute},
    Row{"ReduceL2", 18, axes_as_attribute},
    Row{"ReduceLogSum", 18, axes_as_attribute},
    Row{"ReduceLogSumExp", 18, axes_as_attribute},
    Row{"ReduceMax", 18, axes_as_attribute},
    Row{"ReduceMean", 18, axes_as_attribute},
    Row{"ReduceMin", 18, axes_as_attribute},
    Row{"ReduceProd", 18, axes_as_attribute},
    Row{"ReduceSumSquare", 18, axes_as_attribute},
    Row{"Reshape", 14, without_meaning_of_zero},
    Row{"RoiAlign", 16, without_coordinate_mode},
    Row{"Split", 18, without_count},
};

}  // namespace

void downgrade(const Graph& graph, const Node& node, int64_t opset, onnx::NodeProto& proto) {
  if (node.op == nullptr || !node.op->domain.empty()) return;
  for (const Row& row : kRows) {
    if (row.op == node.op->name && opset < row.opset) row.rewrite({graph, node, proto});
  }
}

}  // namespace twingrad
