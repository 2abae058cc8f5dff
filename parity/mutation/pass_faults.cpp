#include "parity/mutation/pass_faults.h"

#include <algorithm>

#include "ir/error.h"
#include "ir/expression.h"

namespace twingrad {
namespace {

// The last value before `end` of the same type as `id` that a node has made.
ValueId neighbour(const Builder& builder, ValueId id, ValueId end) {
  for (ValueId other = end; other-- > 0;) {
    const Value& value = builder.graph().value(other);
    if (other == id || value.kind != Value::Kind::kResult) continue;
    if (value.type == builder.type(id)) return other;
  }
  fail("no other value has the type of ", quoted_name(builder.graph().value(id).name));
}

ValueId count_of(const Builder& builder) {
  return static_cast<ValueId>(builder.graph().values().size());
}

}  // namespace

Replacement swap_operands(Builder&, NodeSpec& spec) {
  std::swap(spec.inputs.at(0), spec.inputs.at(1));
  return std::nullopt;
}

Replacement swap_branches(Builder&, NodeSpec& spec) {
  std::swap(spec.inputs.at(1), spec.inputs.at(2));
  return std::nullopt;
}

Replacement read_one_operand_twice(Builder&, NodeSpec& spec) {
  spec.inputs.at(1) = spec.inputs[0];
  return std::nullopt;
}

Replacement drop_node(Builder&, NodeSpec& spec) {
  return std::vector{spec.inputs.at(0)};
}

Replacement merge_with_neighbour(Builder& builder, NodeSpec& spec) {
  const ValueId end = count_of(builder);
  const ValueId output = builder.emit(std::move(spec))[0];
  return std::vector{neighbour(builder, output, end)};
}

Replacement read_other_buffer(Builder& builder, NodeSpec& spec) {
  spec.inputs.at(0) = neighbour(builder, spec.inputs[0], count_of(builder));
  return std::nullopt;
}

Replacement give_zeros(Builder& builder, NodeSpec& spec) {
  return std::vector{zeros_as({builder, builder.emit(std::move(spec))[0]}).id()};
}

Replacement change_constant(Builder& builder, NodeSpec& spec) {
  for (ValueId& input : spec.inputs) {
    const Tensor* known = input == kNoValue ? nullptr : builder.known(input);
    if (known == nullptr || !is_floating_point(known->type())) continue;
    Tensor changed = known->clone();
    for (int64_t i = 0; i < changed.element_count(); ++i) {
      set_element(changed, i, element_as_double(changed, i) * 1.01);
    }
    input = builder.constant(std::move(changed));
    return std::nullopt;
  }
  fail("no operand of the node is a constant");
}

Replacement multiply_for_divide(Builder&, NodeSpec& spec) {
  spec.op = "Mul";
  return std::nullopt;
}

Replacement round_operands(Builder& builder, NodeSpec& spec) {
  for (ValueId& input : spec.inputs) {
    const Expr x(builder, input);
    input = cast(cast(x, DataType::kBfloat16), x.element()).id();
  }
  return std::nullopt;
}

Replacement take_other_axis(Builder& builder, NodeSpec& spec) {
  if (spec.attributes.has("axis")) {
    spec.attributes.set("axis", int64_t{spec.attributes.integer("axis") == -2 ? -1 : -2});
  } else if (spec.attributes.has("perm")) {
    std::vector<int64_t> order = spec.attributes.integers("perm");
    std::swap(order.at(order.size() - 1), order.at(order.size() - 2));
    spec.attributes.set("perm", order);
  } else {
    const int64_t axis = as_int64(*builder.known(spec.inputs.at(1))).at(0);
    spec.inputs[1] = builder.constant(Tensor::of<int64_t>({1}, {1 - axis}));
  }
  return std::nullopt;
}

Replacement move_window(Builder&, NodeSpec& spec) {
  std::vector<int64_t> pads = spec.attributes.integers("pads");
  ++pads.front();
  --pads.at(pads.size() / 2);
  spec.attributes.set("pads", pads);
  return std::nullopt;
}

}  // namespace twingrad
