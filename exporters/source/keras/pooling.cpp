#include "exporters/source/keras/keras.h"
#include "exporters/source/line_writer.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/sliding_window_of.h"
#include "exporters/source/tree_pooling.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {
namespace {

std::string dims(const NodeWriter& node) {
  return std::to_string(node.rank() - 2) + "D";
}

// Layers pool without dilations; a mean that does not count the pads is a function.
bool is_layer(const NodeWriter& node) {
  if (!of_images(node) || node.rank() > 5) return false;
  const SlidingWindow window = pooling_window(node);
  const bool plain = all_are(per_axis(window, [](const auto& a) { return a.dilation; }), 1);
  const bool counts = node.node().op->name == "MaxPool" || node.flag("count_include_pad");
  return plain && (counts || is_unpadded(window));
}

Code pooled(NodeWriter& node, std::string_view kind, std::string_view outside) {
  const SlidingWindow window = pooling_window(node);
  const auto kernel = per_axis(window, [](const auto& a) { return a.kernel; });
  const auto strides = per_axis(window, [](const auto& a) { return a.stride; });
  Member layer{.construct = "layers." + std::string(kind) + "Pooling" + dims(node),
               .arguments = {{"pool_size", one_or_tuple(kernel).text, true}},
               .fallback = "pool"};
  if (strides != kernel) layer.arguments.push_back({"strides", one_or_tuple(strides).text});
  const Code x = node.in(0);
  const bool padded = !is_unpadded(window);
  const std::string value = outside == "0" ? "0" : x.text + std::string(outside);
  return layer_call(node, std::move(layer), padded ? padded_image(x, window, value) : x);
}

Codes max_pool(NodeWriter& node) {
  if (node.wants(1)) fail_unsupported("output Indices");
  if (!node.is_channels_last()) return as_functions(node);
  return {pooled(node, "Max", ".dtype.min")};
}

Codes average_pool(NodeWriter& node) {
  if (!node.is_channels_last()) return as_functions(node);
  const bool counts = node.flag("count_include_pad");
  if (counts && pooling_window(node).ceil_mode) fail_unsupported("ceil_mode with pads");
  return {pooled(node, "Average", "0")};
}

template <char const* kind>
Codes global_pool(NodeWriter& node) {
  if (node.rank() > 5) fail_unsupported("more than 5 axes");
  Member layer{.construct = "layers.Global" + std::string(kind) + "Pooling" + dims(node),
               .arguments = {{"keepdims", "True"}},
               .fallback = "pool"};
  return {layer_call(node, std::move(layer), node.in(0))};
}
constexpr char kMax[] = "Max";
constexpr char kAverage[] = "Average";

// The pooling over whole images that only this node reads, to make vectors of its results.
const Node* pooling_of(const NodeWriter& node) {
  const GraphFacts& facts = node.lines().facts();
  const Value& value = facts.graph().value(node.id(0));
  if (value.producer == kNoNode || facts.uses(node.id(0)) != 1) return nullptr;
  const Node& pool = facts.graph().node(value.producer);
  const bool is_pool = pool.op != nullptr &&
                       (pool.op->name == "GlobalAveragePool" || pool.op->name == "GlobalMaxPool");
  const Type& output = node.output_type(0);
  return is_pool && output.shape && output.shape->rank() == 2 && node.rank() <= 5 ? &pool : nullptr;
}

Code pooled_vectors(NodeWriter& node, const Node& pool) {
  const std::string kind = pool.op->name == "GlobalMaxPool" ? "Max" : "Average";
  Member layer{.construct = "layers.Global" + kind + "Pooling" + dims(node), .fallback = "pool"};
  return layer_call(node, std::move(layer),
                    node.lines().channels_last(pool.inputs[0], node.rank()));
}

bool keeps_channels(const NodeWriter& node) {
  const Dimension& channels = node.shape(0)[1];
  return channels.known() && (*node.output_type(0).shape)[1].is(channels.extent);
}

Codes flatten(NodeWriter& node) {
  const Node* pool = node.integer("axis") == 1 ? pooling_of(node) : nullptr;
  if (pool != nullptr) return {pooled_vectors(node, *pool)};
  if (node.integer("axis") != 1 || node.rank() < 2) return as_functions(node);
  const Member layer{.construct = "layers.Flatten", .fallback = "flatten"};
  return {layer_call(node, layer, node.in(0))};
}

Codes reshape(NodeWriter& node) {
  const Node* pool = pooling_of(node);
  if (pool != nullptr && keeps_channels(node)) return {pooled_vectors(node, *pool)};
  return as_functions(node);
}

}  // namespace

std::vector<SourceRow> keras_pooling_rows() {
  return {{"MaxPool", "", max_pool, "", is_layer},
          {"AveragePool", "", average_pool, "", is_layer},
          {"GlobalMaxPool", "", global_pool<kMax>, "", of_images},
          {"GlobalAveragePool", "", global_pool<kAverage>, "", of_images},
          {"Flatten", "", flatten},
          {"Reshape", "", reshape},
          {"Squeeze", "", reshape}};
}

}  // namespace twingrad
