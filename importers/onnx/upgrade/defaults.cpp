#include <cmath>

#include "importers/onnx/proto.h"
#include "importers/onnx/upgrade/families.h"
#include "ir/error.h"

namespace twingrad {
namespace {

void set_default(OldNode& node, std::string_view name, AttributeValue value) {
  if (!node.spec.attributes.has(name)) node.spec.attributes.set(name, std::move(value));
}

void upgrade_concat(OldNode& node) {
  set_default(node, "axis", int64_t{1});
}

// Cast-1 names the type as the enumerator of TensorProto does.
void upgrade_cast(OldNode& node) {
  const auto name = node.take<std::string>("to");
  check(name.has_value(), "attribute 'to' is missing");
  onnx::TensorProto::DataType type = onnx::TensorProto::UNDEFINED;
  check(onnx::TensorProto::DataType_Parse(*name, &type) && type != onnx::TensorProto::UNDEFINED,
        "attribute 'to' is no element type: ", quoted_name(*name));
  node.spec.attributes.set("to", int64_t{type});
}

void upgrade_selu(OldNode& node) {
  set_default(node, "alpha", 1.6732F);
  set_default(node, "gamma", 1.0507F);
}

void drop_output_sequence(OldNode& node) {
  node.take<int64_t>("output_sequence");
}

void upgrade_roi_align(OldNode& node) {
  set_default(node, "coordinate_transformation_mode", std::string("output_half_pixel"));
}

void upgrade_grid_sample(OldNode& node) {
  const std::string mode = node.take<std::string>("mode").value_or("bilinear");
  node.spec.attributes.set("mode", mode == "bilinear"  ? "linear"
                                   : mode == "bicubic" ? std::string("cubic")
                                                       : mode);
}

void keep(OldNode&) {}

// Softmax, LogSoftmax and Hardmax before 13 work on a matrix: the axes before `axis` are its rows,
// the others its columns.
void upgrade_softmax(OldNode& node) {
  const int64_t axis = node.take<int64_t>("axis").value_or(1);
  const auto& shape = node.builder.type(node.input(0)).shape;
  if (axis == -1 || (shape && axis == shape->rank() - 1)) {
    node.spec.attributes.set("axis", int64_t{-1});
    return;
  }
  const ValueId matrix = node.builder.emit_one("Flatten", {node.input(0)}, {{"axis", axis}});
  const ValueId result = node.builder.emit_one(node.spec.op, {matrix}, {{"axis", int64_t{1}}});
  const ValueId target = node.builder.emit_one("Shape", {node.input(0)});
  node.spec.op = "Reshape";
  node.spec.attributes = {};
  node.spec.inputs = {result, target};
}

}  // namespace

std::vector<UpgradeRow> default_upgrades() {
  constexpr int64_t kAlways = 1000;
  return {
      {"Concat", 4, upgrade_concat},
      {"Cast", 6, upgrade_cast},
      {"Selu", 6, upgrade_selu},
      {"RNN", 7, drop_output_sequence},
      {"GRU", 7, drop_output_sequence},
      {"LSTM", 7, drop_output_sequence},
      {"RoiAlign", 16, upgrade_roi_align},
      {"GridSample", 20, upgrade_grid_sample},
      {"Scatter", kAlways, keep, false, "ScatterElements"},
      {"Softmax", 13, upgrade_softmax},
      {"LogSoftmax", 13, upgrade_softmax},
      {"Hardmax", 13, upgrade_softmax},
  };
}

}  // namespace twingrad
