#include "exporters/source/python_literal.h"
#include "exporters/source/tensorflow/tensorflow.h"
#include "exporters/source/tree_pooling.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Codes global_average_pool(NodeWriter& node) {
  return tree_global_pool(node, "tf.reduce_mean");
}

Codes global_max_pool(NodeWriter& node) {
  return tree_global_pool(node, "tf.reduce_max");
}

Codes pad(NodeWriter& node) {
  const PadParts parts = pad_parts(node);
  if (parts.widths.empty()) return {parts.x};
  Codes arguments = {parts.x, tuple_of(parts.widths)};
  const std::string& mode = node.text("mode");
  if (mode == "reflect") {
    arguments.push_back(keyword("mode", python_string("REFLECT")));
  } else if (mode != "constant") {
    fail_unsupported("mode ", mode);
  } else if (node.has(2) && node.number(2) != 0) {
    arguments.push_back(keyword("constant_values", node.real_code(node.number(2))));
  }
  return {call("tf.pad", arguments)};
}

}  // namespace

std::vector<SourceRow> tensorflow_pooling_rows() {
  std::vector<SourceRow> rows = tree_pooling_rows();
  rows.insert(rows.end(), {{"GlobalAveragePool", "", global_average_pool},
                           {"GlobalMaxPool", "", global_max_pool},
                           {"Pad", "", pad}});
  return rows;
}

}  // namespace twingrad
