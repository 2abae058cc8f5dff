#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "importers/tfjs/node_attributes.h"
#include "ir/expression.h"

namespace twingrad {

// A node of a TensorFlow graph as the row of its operator sees it.
class OpCall {
 public:
  OpCall(Builder& builder, const TfNode& node, std::span<const ValueId> inputs)
      : attributes(node), builder_(builder), node_(node), inputs_(inputs) {}

  NodeAttributes attributes;

  Builder& builder() const { return builder_; }
  std::string_view op() const { return node_.op; }
  std::span<const ValueId> ids() const { return inputs_; }
  size_t input_count() const { return inputs_.size(); }
  // Throws Error where there are not so many.
  Expr input(size_t i) const;
  // The inputs [first, last).
  std::vector<Expr> inputs(size_t first, size_t last) const;
  // An integer input as int64, for ONNX's shapes and axes.
  Expr as_int64(size_t i) const;
  // The elements of an integer input, as far as all are known now.
  std::optional<std::vector<int64_t>> known_integers(size_t i) const;
  // The same where nothing else will do: unsupported if they are computed.
  std::vector<int64_t> integers(size_t i) const;
  int64_t integer(size_t i) const;
  // A constant on the same builder.
  Expr constant(Tensor data) const { return {builder_, builder_.constant(std::move(data))}; }
  Expr integers_constant(std::span<const int64_t> values) const;

 private:
  Builder& builder_;
  const TfNode& node_;
  std::span<const ValueId> inputs_;
};

// What one TensorFlow operator becomes. Either `onnx` names an operator of ONNX that means the same
// with the same inputs and no attributes, or `emit` writes the formula.
struct TfOpRow {
  std::string_view name;
  std::string_view onnx = {};
  std::vector<Expr> (*emit)(const OpCall& call) = nullptr;
  std::string_view outputs = {};  // their names, if there are several: "values,indices"
};

// One table a family.
std::span<const TfOpRow> arithmetic_op_rows();
std::span<const TfOpRow> math_op_rows();
std::span<const TfOpRow> activation_op_rows();
std::span<const TfOpRow> logic_op_rows();
std::span<const TfOpRow> matrix_op_rows();
std::span<const TfOpRow> convolution_op_rows();
std::span<const TfOpRow> pooling_op_rows();
std::span<const TfOpRow> normalization_op_rows();
std::span<const TfOpRow> image_op_rows();
std::span<const TfOpRow> reduction_op_rows();
std::span<const TfOpRow> shape_op_rows();
std::span<const TfOpRow> slicing_op_rows();
std::span<const TfOpRow> joining_op_rows();
std::span<const TfOpRow> padding_op_rows();
std::span<const TfOpRow> creation_op_rows();
std::span<const TfOpRow> selection_op_rows();
std::span<const TfOpRow> rearrangement_op_rows();
std::span<const TfOpRow> tensor_list_op_rows();
std::span<const TfOpRow> counting_op_rows();

// All of them.
std::vector<TfOpRow> all_tf_ops();
// nullptr for an operator that no row has.
const TfOpRow* find_tf_op(std::string_view name);

}  // namespace twingrad
