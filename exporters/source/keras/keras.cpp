#include "exporters/source/keras/keras.h"

#include <algorithm>

#include "exporters/source/line_writer.h"
#include "exporters/source/member_paths.h"
#include "exporters/source/python_literal.h"
#include "exporters/source/tensorflow/tensorflow.h"
#include "ir/error.h"
#include "ir/op.h"

namespace twingrad {
namespace {

constexpr std::string_view kRecurrent[] = {"LSTM", "GRU", "RNN"};

Codes no_layer(NodeWriter&) {
  fail_unsupported("no layer of Keras has its weights; --to tensorflow writes functions");
}

Member tensor_member(const Value& value, const Tensor& data, bool trains) {
  Member member;
  const bool has_name = value.data && value.kind != Value::Kind::kConstant;
  member.path = has_name ? member_path(value.name) : "";
  member.fallback = trains ? "weight" : "constant";
  member.construct = "self.add_weight";
  std::vector<int64_t> shape(data.shape().begin(), data.shape().end());
  member.arguments = {{"shape", python_tuple(shape).text}};
  if (!is_floating_point(data.type())) {
    member.arguments.push_back({"dtype", python_string(tf_type(data.type()).substr(3)).text});
  }
  if (!trains) member.arguments.push_back({"trainable", "False"});
  return member;
}

std::vector<SourceRow> all_rows() {
  std::vector<SourceRow> rows;
  for (const auto family : {keras_dense_rows, keras_convolution_rows, keras_pooling_rows,
                            keras_normalization_rows, keras_axis_rows}) {
    const std::vector<SourceRow> more = family();
    rows.insert(rows.end(), more.begin(), more.end());
  }
  const std::vector<SourceRow> elementwise = tensorflow_elementwise_rows();
  const auto has_row = [&rows](const SourceRow& wanted) {
    return std::ranges::any_of(rows, [&wanted](const SourceRow& row) {
      return row.op == wanted.op && row.domain == wanted.domain;
    });
  };
  for (SourceRow row : tensorflow().rows()) {
    if (has_row(row) || row.op == "Loop") continue;
    if (std::ranges::find(kRecurrent, row.op) != std::end(kRecurrent)) row.write = no_layer;
    const bool is_elementwise = std::ranges::any_of(
        elementwise, [&row](const SourceRow& other) { return other.op == row.op; });
    if (is_elementwise) row.channels_last = of_elements;
    rows.push_back(row);
  }
  return rows;
}

std::span<const SourceRow> rows() {
  static const std::vector<SourceRow> table = all_rows();
  return table;
}

bool has_rank(const NodeWriter& node, size_t i, int64_t least) {
  const Type& type = node.type(i);
  return type.is_tensor() && type.shape && type.shape->rank() >= least;
}

}  // namespace

bool of_images(const NodeWriter& node) {
  return has_rank(node, 0, 3) && node.output_type(0).shape;
}

bool of_images_so_far(const NodeWriter& node) {
  return node.output_type(0).shape && node.lines().is_channels_last(node.id(0));
}

bool of_elements(const NodeWriter& node) {
  const Type& output = node.output_type(0);
  if (!output.is_tensor() || !output.shape || output.shape->rank() < 3) return false;
  bool found = false;
  for (size_t i = 0; i < node.input_count(); ++i) {
    if (!node.has(i)) continue;
    const Type& type = node.type(i);
    if (!type.is_tensor() || !type.shape) return false;
    const bool is_image = type.shape->rank() == output.shape->rank();
    found = found || (is_image && node.lines().is_channels_last(node.id(i)));
  }
  return found;
}

Code layer_call(NodeWriter& node, Member layer, const Code& x, std::string_view training) {
  layer.path = layer_path(node.lines().facts().graph(), layer.tensors);
  Codes arguments = {x};
  if (!training.empty()) arguments.push_back(keyword("training", {std::string(training)}));
  return call(node.member(std::move(layer)).text, arguments);
}

Codes as_functions(NodeWriter& node) {
  return find_row(tensorflow(), "", node.node().op->name)->write(node);
}

const Framework& keras() {
  static const Framework framework = {"keras",
                                      "Keras",
                                      rows,
                                      tensor_member,
                                      tensorflow().literal,
                                      write_keras,
                                      "tf.shape({0})[{1}]"};
  return framework;
}

}  // namespace twingrad
