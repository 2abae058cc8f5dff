#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ir/graph.h"
#include "ir/op.h"

namespace twingrad {

// What an inference function sees of one application of an operator, and where it puts the result.
class InferContext {
 public:
  // What is known of one input. `type` is never null for an input that is present.
  struct Input {
    const Type* type = nullptr;
    const Tensor* data = nullptr;            // the value itself, if known
    const PartialShape* contents = nullptr;  // small integers and booleans, as far as known
  };
  struct Output {
    Type type;
    std::optional<PartialShape> contents;
    bool wanted = true;
  };

  InferContext(const OpDef& op, const Attributes& attributes, std::vector<Input> inputs,
               std::vector<Output> outputs)
      : op_(op),
        attributes_(attributes),
        inputs_(std::move(inputs)),
        outputs_(std::move(outputs)) {}

  const OpDef& op() const { return op_; }
  const Attributes& attributes() const { return attributes_; }

  std::span<const Input> inputs() const { return inputs_; }
  size_t input_count() const { return inputs_.size(); }
  bool has_input(size_t i) const { return i < inputs_.size() && inputs_[i].type != nullptr; }
  const Type& input(size_t i) const { return *inputs_[i].type; }
  // nullptr where the rank is not known (or the input is no tensor, or absent).
  const PartialShape* shape(size_t i) const;
  // The value of an input if it is known now.
  const Tensor* data(size_t i) const { return has_input(i) ? inputs_[i].data : nullptr; }
  // Elements of an integer or boolean input as far as known, from data or from what was propagated.
  std::optional<PartialShape> contents(size_t i) const;
  // The same where all elements are numbers.
  std::optional<std::vector<int64_t>> integers(size_t i) const;

  size_t output_count() const { return outputs_.size(); }
  void set_type(size_t i, Type type) { outputs_[i].type = std::move(type); }
  void set_element(size_t i, DataType element);
  void set_shape(size_t i, PartialShape shape);
  void set_contents(size_t i, PartialShape contents) { outputs_[i].contents = std::move(contents); }
  std::vector<Output>& outputs() { return outputs_; }

 private:
  const OpDef& op_;
  const Attributes& attributes_;
  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
};

// Binds the type variables of `op` to the input types and returns the outputs with the element
// types that follow. Throws Error: wrong number of inputs, a type that is not allowed, types that
// differ.
std::vector<InferContext::Output> resolve_types(const OpDef& op,
                                                std::span<const InferContext::Input> inputs,
                                                size_t output_count);

// Small tensors carry their contents through inference up to this many elements.
inline constexpr int64_t kLargestContents = 64;

// What data tell of their elements: integers, and booleans, if they are few, as 0 and 1.
std::optional<PartialShape> contents_of(const Tensor& data);

// Numpy's broadcasting on what is known; throws Error where the shapes cannot fit.
PartialShape broadcast(const PartialShape& a, const PartialShape& b);
// The product of the extents [first, last), unknown if one is; the symbol if it is the only factor.
Dimension product_of(const PartialShape& shape, int64_t first, int64_t last);

// Inference functions that many rows share.
void infer_same_as_first(InferContext& context);  // every output has the shape of input 0
void infer_broadcast(InferContext& context);      // output 0 has the broadcast shape of all inputs

}  // namespace twingrad
