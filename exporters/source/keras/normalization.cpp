#include <numeric>

#include "exporters/source/decimal_text.h"
#include "exporters/source/keras/keras.h"
#include "exporters/source/line_writer.h"
#include "exporters/source/python_literal.h"
#include "ir/error.h"

namespace twingrad {
namespace {

void add_epsilon(const NodeWriter& node, Member& layer) {
  const double epsilon = decimal_value(node.real("epsilon"));
  layer.arguments.push_back({"epsilon", python_real(epsilon, DataType::kFloat).text});
}

// An image that has its channels last is normalized over the last axis, which is Keras's default.
Codes batch_norm(NodeWriter& node) {
  if (node.wants(1) || node.wants(2)) fail_unsupported("its running statistics as values");
  if (!node.owns_normalization()) fail_unsupported("parameters that other nodes read too");
  Member layer{.construct = "layers.BatchNormalization",
               .tensors = {{"weight", node.id(1)},
                           {"bias", node.id(2)},
                           {"running_mean", node.id(3), false},
                           {"running_var", node.id(4), false}},
               .fallback = "batch_norm"};
  if (!node.is_channels_last() && node.rank() > 2) layer.arguments.push_back({"axis", "1"});
  const double kept = decimal_value(node.real("momentum"));
  layer.arguments.push_back({"momentum", python_real(kept, DataType::kFloat).text});
  add_epsilon(node, layer);
  const bool frozen = !node.flag("training_mode") && node.lines().facts().is_training();
  return {layer_call(node, std::move(layer), node.in(0), frozen ? "False" : "")};
}

Codes layer_norm(NodeWriter& node) {
  if (node.wants(1) || node.wants(2)) fail_unsupported("its statistics as values");
  const int64_t first = node.axis(node.integer("axis"));
  std::vector<int64_t> extents;
  std::vector<int64_t> axes;
  for (int64_t axis = first; axis < node.rank(); ++axis) {
    extents.push_back(node.extent(0, axis));
    axes.push_back(axis - node.rank());
  }
  const PartialShape wanted{Shape(extents)};
  const bool fits = node.owns(1) && node.shape(1) == wanted &&
                    (!node.has(2) || (node.owns(2) && node.shape(2) == wanted));
  if (!fits) fail_unsupported("parameters that no layer has");
  Member layer{.construct = "layers.LayerNormalization",
               .tensors = {{"weight", node.id(1)}},
               .fallback = "layer_norm"};
  if (axes.size() > 1) layer.arguments.push_back({"axis", python_list(axes).text});
  add_epsilon(node, layer);
  if (node.has(2)) {
    layer.tensors.push_back({"bias", node.id(2)});
  } else {
    layer.arguments.push_back({"center", "False"});
  }
  return {layer_call(node, std::move(layer), node.in(0))};
}

Codes group_norm(NodeWriter& node) {
  if (!node.owns(1) || !node.owns(2)) fail_unsupported("parameters that other nodes read too");
  Member layer{.construct = "layers.GroupNormalization",
               .arguments = {{"groups", std::to_string(node.integer("num_groups")), true}},
               .tensors = {{"weight", node.id(1)}, {"bias", node.id(2)}},
               .fallback = "group_norm"};
  if (!node.is_channels_last()) layer.arguments.push_back({"axis", "1"});
  add_epsilon(node, layer);
  return {layer_call(node, std::move(layer), node.in(0))};
}

// One slope for a channel of an image, or for every element of a vector.
Codes prelu(NodeWriter& node) {
  const bool image = node.is_channels_last();
  Member layer{
      .construct = "layers.PReLU", .tensors = {{"weight", node.id(1)}}, .fallback = "prelu"};
  if (image) {
    std::vector<int64_t> shared(static_cast<size_t>(node.rank() - 2));
    std::iota(shared.begin(), shared.end(), 1);
    layer.arguments.push_back({"shared_axes", python_list(shared).text});
  }
  const PartialShape own = node.shape(1);
  bool fits = node.owns(1) && node.rank() >= 2 && own.known() &&
              own.shape().element_count() == node.extent(0, 1);
  if (image) fits = fits && own.rank() == node.rank() - 1 && own[0].is(node.extent(0, 1));
  if (!image) fits = fits && node.rank() == 2 && own.rank() == 1;
  if (!fits) return as_functions(node);
  return {layer_call(node, std::move(layer), node.in(0))};
}

// A node that never drops in a model that trains is no layer.
Codes dropout(NodeWriter& node) {
  if (node.wants(1)) fail_unsupported("output mask");
  const bool trains = node.has(2) && node.number(2) != 0;
  if (!trains && node.lines().facts().is_training()) return {node.in(0)};
  const float ratio = node.has(1) ? static_cast<float>(node.number(1)) : 0.5F;
  Member layer{
      .construct = "layers.Dropout",
      .arguments = {{"rate", python_real(decimal_value(ratio), DataType::kFloat).text, true}},
      .fallback = "dropout"};
  node.lines().note_draw(node.node(), node.is_channels_last());
  return {layer_call(node, std::move(layer), node.in(0))};
}

}  // namespace

std::vector<SourceRow> keras_normalization_rows() {
  return {{"BatchNormalization", "", batch_norm, "", of_images_so_far},
          {"LayerNormalization", "", layer_norm},
          {"GroupNormalization", "", group_norm, "", of_images_so_far},
          {"PRelu", "", prelu, "", of_elements},
          {"Dropout", "", dropout, "", of_images_so_far}};
}

}  // namespace twingrad
