#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/builder.h"
#include "ir/datum.h"
#include "ir/shape.h"
#include "ir/tensor.h"

namespace twingrad {

// Where an operator's input is drawn from, so that it is smooth there.
enum class Range : uint8_t {
  kNone,      // the optional input is absent
  kAny,       // (-2, 2), at least 0.05 away from 0
  kPositive,  // (0.2, 2)
  kUnit,      // (-0.9, 0.9)
  kAboveOne,  // (1.2, 3)
  kDistinct,  // all elements of all such inputs differ by at least 0.01: for maxima
  kFixed,     // `value`
};

struct OpInput {
  Shape shape;
  Range range = Range::kAny;
  // Of kFixed: indices, shapes, masks. Of another range: the point itself, where that matters.
  std::optional<Tensor> value;
  // A sequence of tensors of these shapes instead of one tensor.
  std::optional<std::vector<Shape>> items = {};
  bool is_optional = false;  // declared as an optional, with the tensor or sequence in it
};
OpInput any_input(Shape shape);
OpInput sequence_input(std::vector<Shape> items);
OpInput fixed_input(Tensor value);
// Differentiated, at the given elements (for zeros in products, which no range draws).
OpInput point_input(const Shape& shape, std::initializer_list<double> values);
OpInput integers_input(std::vector<int64_t> values);

// One application of an operator at a smooth point, in double: the test of its kernels (between the
// modes and backends) and of its derivative row (against central differences).
struct OpCase {
  std::string op;
  std::string label;  // unique for the operator
  std::vector<OpInput> inputs;
  Attributes attributes = {};
  size_t outputs = 1;
  std::string domain = {};
  bool second_order = true;  // smooth enough to difference the gradient
  bool loops = false;        // through Loop, whose gradient adds in another order than a tape: 1e-6
};

// All cases, a family a file in op_cases/.
std::vector<OpCase> all_op_cases();

// The families.
std::vector<OpCase> elementwise_cases();
std::vector<OpCase> movement_cases();
std::vector<OpCase> reduction_cases();
std::vector<OpCase> linear_cases();
std::vector<OpCase> convolution_cases();
std::vector<OpCase> pooling_cases();
std::vector<OpCase> normalization_cases();
std::vector<OpCase> loss_cases();
std::vector<OpCase> softmax_cases();
std::vector<OpCase> random_cases();
std::vector<OpCase> rearrangement_cases();
std::vector<OpCase> activation_cases();
std::vector<OpCase> attention_cases();
std::vector<OpCase> cumulative_cases();
std::vector<OpCase> sequence_cases();
std::vector<OpCase> order_cases();
std::vector<OpCase> quantization_cases();
std::vector<OpCase> microsoft_cases();
std::vector<OpCase> resize_cases();
std::vector<OpCase> recurrent_cases();
std::vector<OpCase> scattering_cases();
std::vector<OpCase> window_norm_cases();
std::vector<OpCase> sampling_cases();
std::vector<OpCase> spectral_cases();
std::vector<OpCase> einsum_cases();
std::vector<OpCase> ml_cases();

// The inputs of a case, drawn from its ranges; nullopt for absent ones. The same for equal seeds.
std::vector<std::optional<Datum>> draw_inputs(const OpCase& op_case, uint64_t seed);

// A case on a builder.
struct EmittedCase {
  std::vector<ValueId> outputs;
  // The inputs that are not fixed, named "x0", "x1"... by their position; the others are constants.
  std::vector<std::pair<std::string, ValueId>> moved;
};
EmittedCase emit_case(Builder& builder, const OpCase& op_case,
                      const std::vector<std::optional<Datum>>& inputs);

}  // namespace twingrad
