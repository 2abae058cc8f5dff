#include <algorithm>

#include "importers/onnx/upgrade/families.h"
#include "ir/error.h"
#include "ir/expression.h"

namespace twingrad {
namespace {

bool is_wanted(const NodeSpec& spec, size_t output) {
  if (output >= spec.output_count) return false;
  return output >= spec.outputs.size() || spec.outputs[output].has_value();
}

void keep_outputs(NodeSpec& spec, size_t count) {
  spec.output_count = std::min(spec.output_count, count);
  spec.outputs.resize(std::min(spec.outputs.size(), count));
}

// Statistics for every position instead of every channel: scale, B, mean and var have the shape of
// X without its first axis.
void normalize_positions(OldNode& node, double epsilon) {
  Builder& builder = node.builder;
  const Expr x(builder, node.input(0));
  const Expr scale(builder, node.input(1));
  const Expr mean(builder, node.input(3));
  const Expr variance(builder, node.input(4));
  const Expr centred = x - mean;
  const Expr deviation = sqrt(variance + epsilon);
  const Expr scaled = centred / deviation * scale;
  node.spec.op = "Add";
  node.spec.inputs = {scaled.id(), node.input(2)};
  node.spec.attributes = {};
}

// Training is what `is_test` says, or, from 7 on, whether there are outputs beyond the first.
// The running statistics are the same three outputs that BatchNormalization-14 has in training.
void upgrade_batch_normalization(OldNode& node) {
  const bool has_flag = node.version < 7;
  const bool is_test = node.take<int64_t>("is_test").value_or(0) != 0;
  bool further = false;
  for (size_t i = 1; i < node.spec.output_count; ++i) further = further || is_wanted(node.spec, i);
  const bool training = has_flag ? !is_test : further;
  if (is_wanted(node.spec, 3) || is_wanted(node.spec, 4)) {
    fail_unsupported("outputs 'saved_mean' and 'saved_var' of opset ", node.version,
                     " are not supported");
  }
  if (!training && further) {
    fail_unsupported("statistics as outputs of inference, in opset ", node.version,
                     ", are not supported");
  }
  keep_outputs(node.spec, training ? 3 : 1);
  const bool by_channel = node.take<int64_t>("spatial").value_or(1) != 0;
  if (!by_channel && node.rank(0) != 2) {
    if (training) {
      fail_unsupported("training with 'spatial' 0, in opset ", node.version, ", is not supported");
    }
    const double epsilon = static_cast<double>(node.take<float>("epsilon").value_or(1e-5F));
    return normalize_positions(node, epsilon);
  }
  node.spec.attributes.set("training_mode", int64_t{training});
}

// Before 12 the ratio is an attribute; before 7, `is_test` says whether elements are dropped, later
// they never are. Before 10 the mask has the type of the data.
void upgrade_dropout(OldNode& node) {
  const bool is_test = node.take<int64_t>("is_test").value_or(0) != 0;
  const float ratio = node.take<float>("ratio").value_or(0.5F);
  node.set_input(1, node.builder.constant(Tensor::scalar(ratio)));
  if (node.version < 7 && !is_test) {
    node.set_input(2, node.builder.constant(Tensor::scalar(true)));
  }
  if (node.version >= 10 || !is_wanted(node.spec, 1)) return;
  const auto type = static_cast<int64_t>(node.element(0));
  NodeSpec cast{.op = "Cast", .inputs = {}, .attributes = {{"to", type}}};
  if (node.spec.outputs.size() > 1) {
    cast.outputs = {*node.spec.outputs[1]};
    node.spec.outputs[1] = "";
  }
  std::vector<ValueId> outputs = node.builder.emit(std::move(node.spec));
  cast.inputs = {outputs[1]};
  outputs[1] = node.builder.emit(std::move(cast))[0];
  node.outputs = std::move(outputs);
}

// Before 21, scale and bias have one element for each group, now one for each channel.
void upgrade_group_normalization(OldNode& node) {
  const AttributeValue* attribute = node.spec.attributes.find("num_groups");
  check(attribute != nullptr, "attribute 'num_groups' is missing");
  const int64_t groups = node.spec.attributes.integer("num_groups");
  const Dimension channels = node.extent(0, 1);
  if (!channels.known()) {
    fail_unsupported("the number of channels must be known to upgrade from opset ", node.version);
  }
  check(groups > 0 && channels.extent % groups == 0, channels.extent, " channels in ", groups,
        " groups");
  const int64_t each = channels.extent / groups;
  for (const size_t i : {size_t{1}, size_t{2}}) {
    const Expr column = reshape(Expr(node.builder, node.input(i)), std::vector<int64_t>{groups, 1});
    const Expr wide = column.apply("Expand", {column.integers({groups, each})});
    node.set_input(i, reshape(wide, std::vector<int64_t>{channels.extent}).id());
  }
}

}  // namespace

std::vector<UpgradeRow> normalization_upgrades() {
  return {
      {"BatchNormalization", 14, upgrade_batch_normalization, true},
      {"Dropout", 12, upgrade_dropout, true},
      {"GroupNormalization", 21, upgrade_group_normalization, true},
  };
}

}  // namespace twingrad
