#include "exporters/source/shared_rows.h"

#include "exporters/source/line_writer.h"
#include "exporters/source/python_literal.h"
#include "ir/error.h"

namespace twingrad {
namespace {

Codes dft(NodeWriter& node) {
  const bool inverse = node.flag("inverse");
  const bool onesided = node.flag("onesided");
  if (inverse && onesided) fail_unsupported("onesided with inverse");
  const int64_t axis = node.axis(node.has(2) ? static_cast<int64_t>(node.number(2)) : -2);
  node.helper("dft");
  Codes arguments = {node.in(0), keyword("axis", python_integer(axis))};
  if (node.has(1)) {
    arguments.push_back(keyword("length", python_integer(static_cast<int64_t>(node.number(1)))));
  }
  if (inverse) arguments.push_back(keyword("inverse", {"True"}));
  if (onesided) arguments.push_back(keyword("onesided", {"True"}));
  return {call("dft", arguments)};
}

Codes top_k(NodeWriter& node) {
  if (!is_floating_point(node.element()) && !node.flag("largest")) {
    fail_unsupported("the smallest of integers");
  }
  node.helper("top_k");
  Codes arguments = {node.in(0), python_integer(static_cast<int64_t>(node.number(1)))};
  const int64_t axis = node.axis(node.integer("axis"));
  if (axis != node.rank() - 1) arguments.push_back(keyword("axis", python_integer(axis)));
  if (!node.flag("largest")) arguments.push_back(keyword("largest", {"False"}));
  return {tuple_result(call("top_k", arguments))};
}

Codes scatter_elements(NodeWriter& node) {
  const std::string& reduction = node.text("reduction");
  if (reduction != "none" && reduction != "add") fail_unsupported("reduction ", reduction);
  node.helper("scatter_elements");
  const int64_t axis = node.axis(node.integer("axis"));
  Codes arguments = {node.in(0), node.in(1), node.in(2), python_integer(axis)};
  if (reduction == "add") arguments.push_back(keyword("reduction", python_string("add")));
  return {call("scatter_elements", arguments)};
}

}  // namespace

std::vector<SourceRow> shared_transform_rows() {
  return {{"DFT", "", dft}};
}

std::vector<SourceRow> shared_selection_rows() {
  return {{"TopK", "", top_k}, {"ScatterElements", "", scatter_elements}};
}

Codes shrunk(NodeWriter& node, std::string_view where, const Code& zero) {
  const Code x = node.in(0);
  const Code bias = node.real_code("bias");
  const Code limit = node.real_code("lambd");
  const bool moves = node.real("bias") != 0;
  const Code above = moves ? infix(x, "-", bias) : x;
  const Code below = moves ? infix(x, "+", bias) : x;
  const Code inner = call(where, {infix(x, "<", negated(limit)), below, zero});
  return {call(where, {infix(x, ">", limit), above, inner})};
}

std::string shift_direction(const NodeWriter& node) {
  return node.text("direction") == "LEFT" ? "left" : "right";
}

}  // namespace twingrad
