#include "parity/op_cases.h"

#include <random>

namespace twingrad {

OpInput fixed_input(Tensor value) {
  return {value.shape(), Range::kFixed, value};
}

OpInput point_input(const Shape& shape, std::initializer_list<double> values) {
  return {shape, Range::kAny, Tensor::of<double>(shape, values)};
}

OpInput integers_input(std::vector<int64_t> values) {
  const Shape shape{static_cast<int64_t>(values.size())};
  return fixed_input(Tensor::of<int64_t>(shape, values));
}

OpInput any_input(Shape shape) {
  return {std::move(shape), Range::kAny, {}};
}

OpInput sequence_input(std::vector<Shape> items) {
  OpInput input;
  input.items = std::move(items);
  return input;
}

std::vector<OpCase> all_op_cases() {
  std::vector<OpCase> all;
  for (const auto family : {
           elementwise_cases, movement_cases,    reduction_cases,     linear_cases,
           convolution_cases, pooling_cases,     normalization_cases, loss_cases,
           softmax_cases,     random_cases,      rearrangement_cases, activation_cases,
           attention_cases,   cumulative_cases,  sequence_cases,      ml_cases,
           einsum_cases,      spectral_cases,    sampling_cases,      scattering_cases,
           recurrent_cases,   resize_cases,      quantization_cases,  microsoft_cases,
           order_cases,       window_norm_cases,
       }) {
    for (OpCase& op_case : family()) all.push_back(std::move(op_case));
  }
  return all;
}

namespace {

double draw(Range range, std::mt19937_64& generator) {
  const double unit = static_cast<double>(generator() >> 11) * 0x1p-53;
  switch (range) {
    case Range::kPositive:
      return 0.2 + 1.8 * unit;
    case Range::kAboveOne:
      return 1.2 + 1.8 * unit;
    case Range::kUnit:
      return 1.8 * unit - 0.9;
    default:
      return (unit < 0.5 ? -1 : 1) * (0.05 + 1.95 * (unit < 0.5 ? 2 * unit : 2 * unit - 1));
  }
}

}  // namespace

std::vector<std::optional<Datum>> draw_inputs(const OpCase& op_case, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::vector<double> distinct;
  int64_t count = 0;
  for (const OpInput& input : op_case.inputs) {
    if (input.range == Range::kDistinct) count += input.shape.element_count();
  }
  for (int64_t i = 0; i < count; ++i)
    distinct.push_back(0.02 * (static_cast<double>(i) + 0.5) - 0.01 * static_cast<double>(count));
  for (size_t i = distinct.size(); i > 1; --i)
    std::swap(distinct[i - 1], distinct[generator() % i]);
  size_t next = 0;
  const auto drawn = [&](const Shape& shape, Range range) {
    Tensor tensor(DataType::kDouble, shape);
    for (double& value : tensor.values<double>()) {
      value = range == Range::kDistinct ? distinct[next++] : draw(range, generator);
    }
    return tensor;
  };
  std::vector<std::optional<Datum>> inputs;
  for (const OpInput& input : op_case.inputs) {
    if (input.range == Range::kNone) {
      inputs.emplace_back();
    } else if (input.value) {
      inputs.emplace_back(Datum(*input.value));
    } else if (input.items) {
      Sequence items;
      for (const Shape& shape : *input.items) items.emplace_back(drawn(shape, input.range));
      inputs.emplace_back(Datum(std::move(items)));
    } else {
      inputs.emplace_back(drawn(input.shape, input.range));
    }
  }
  return inputs;
}

EmittedCase emit_case(Builder& builder, const OpCase& op_case,
                      const std::vector<std::optional<Datum>>& inputs) {
  EmittedCase emitted;
  NodeSpec spec;
  spec.op = op_case.op;
  spec.domain = op_case.domain;
  spec.attributes = op_case.attributes;
  spec.output_count = op_case.outputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i]) {
      spec.inputs.push_back(kNoValue);
    } else if (op_case.inputs[i].range == Range::kFixed) {
      spec.inputs.push_back(builder.constant(inputs[i]->tensor()));
    } else {
      Type type = refined_type({}, *inputs[i]);
      if (op_case.inputs[i].is_optional) type = Type::optional(std::move(type));
      const std::string name = "x" + std::to_string(i);
      spec.inputs.push_back(builder.input(name, std::move(type)));
      emitted.moved.emplace_back(name, spec.inputs.back());
    }
  }
  emitted.outputs = builder.emit(std::move(spec));
  return emitted;
}

}  // namespace twingrad
