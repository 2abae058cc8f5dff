#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/source/code.h"
#include "exporters/source/graph_facts.h"
#include "exporters/source/program.h"

namespace twingrad {

class LineWriter;

// One node as the rows of a framework see it: its inputs as expressions, what is known of them, its
// attributes, and where to leave members and helpers. Questions that cannot be answered throw an
// Error (unsupported) that says why.
class NodeWriter {
 public:
  // `channels_last`: in() gives arrays of that order, and the results have it too.
  NodeWriter(LineWriter& lines, const Node& node, bool channels_last = false)
      : lines_(lines), node_(node), channels_last_(channels_last) {}

  const Node& node() const { return node_; }
  size_t input_count() const { return node_.inputs.size() - node_.captures; }
  bool has(size_t i) const { return i < input_count() && node_.inputs[i] != kNoValue; }
  ValueId id(size_t i) const { return node_.inputs[i]; }
  size_t output_count() const { return node_.outputs.size(); }
  // Whether anybody reads the output.
  bool wants(size_t output) const;

  // An input as an array of the framework.
  Code in(size_t i) const;
  // Whether arrays have their channels behind the other axes.
  bool is_channels_last() const { return channels_last_; }
  // The same, but a known scalar as a number.
  Code operand(size_t i) const;
  // Whether operand(i) is a number.
  bool is_number(size_t i) const;
  std::vector<Code> all_inputs() const;

  const Type& type(size_t i) const;
  const Type& output_type(size_t i) const;
  DataType element(size_t i = 0) const { return type(i).element; }
  int64_t rank(size_t i = 0) const;
  const PartialShape& shape(size_t i = 0) const;
  int64_t extent(size_t i, int64_t axis) const;  // must be known
  // Extent of an axis: a number, or "x.shape[0]".
  Code extent_code(size_t i, int64_t axis) const;

  // What the file says of an input: data of the model, or elements that follow from the shapes.
  const Tensor* known(size_t i) const;
  std::vector<int64_t> integers(size_t i) const;  // must be known
  double number(size_t i) const;                  // a single element that must be known
  // The elements of an integer vector, each a number or an expression over the shapes of inputs;
  // nullopt where not even their number is known.
  std::optional<std::vector<Code>> elements(size_t i) const;

  int64_t integer(std::string_view name) const { return node_.attributes.integer(name); }
  bool flag(std::string_view name) const { return node_.attributes.flag(name); }
  const std::string& text(std::string_view name) const { return node_.attributes.text(name); }
  float real(std::string_view name) const { return node_.attributes.real(name); }
  // A real attribute as a literal of the node's precision.
  Code real_code(std::string_view name) const;
  Code real_code(double value) const;
  // `axis` in [0, rank of input i).
  int64_t axis(int64_t axis, size_t i = 0) const;

  // Whether the input is a parameter that this node alone reads, so that a layer can own it.
  bool owns(size_t i) const;
  bool owns_value(ValueId id) const;
  // The same of a BatchNormalization's scale, bias and statistics; the latter are no parameters.
  bool owns_normalization() const;
  Code member(Member member) const;
  // The expression, which needs a function of that name in the file.
  void helper(std::string_view name) const;
  LineWriter& lines() const { return lines_; }

 private:
  LineWriter& lines_;
  const Node& node_;
  bool channels_last_;
};

}  // namespace twingrad
