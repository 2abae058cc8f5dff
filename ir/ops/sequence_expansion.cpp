#include "ir/ops/sequence_expansion.h"

#include "ir/error.h"
#include "ir/expression.h"
#include "ir/nested.h"
#include "ir/replay.h"

namespace twingrad {
namespace {

ValueId empty_sequence(Builder& builder, DataType element) {
  return builder.emit_one("SequenceEmpty", {}, {{"dtype", static_cast<int64_t>(element)}});
}

Type open_sequence(DataType element) {
  return Type::sequence(Type::tensor(element));
}

// A SequenceMap over sequences, of a body with one output.
template <typename Body>
ValueId emit_map(Builder& builder, std::span<const ValueId> sequences, const Body& body) {
  NestedGraph nested(builder);
  std::vector<Expr> items;
  for (const ValueId id : sequences) {
    items.emplace_back(nested.builder(), nested.formal(*builder.type(id).item));
  }
  NodeSpec spec;
  spec.op = "SequenceMap";
  spec.inputs.assign(sequences.begin(), sequences.end());
  spec.attributes.set("body", nested.finish({body(items).id()}));
  return builder.emit(std::move(spec))[0];
}

void check_onnx_type(const Type& type) {
  const Type& content = type.is_optional() ? *type.item : type;
  if (content.is_tensor() || (content.is_sequence() && content.item->is_tensor())) return;
  fail_unsupported("ONNX has no operators on values of type ", type);
}

}  // namespace

std::vector<ValueId> expand_sequence_map(Builder& builder, const Node& node,
                                         std::span<const ValueId> inputs) {
  const Graph& body = *node.attributes.graph("body");
  const size_t own = inputs.size() - node.captures;
  LoopSpec loop;
  loop.count = builder.emit_one("SequenceLength", {inputs[0]});
  loop.captures.assign(inputs.begin(), inputs.end());
  for (const ValueId id : body.outputs()) {
    const Type& item = body.value(id).type;
    loop.initial.push_back(empty_sequence(builder, item.element));
    loop.types.push_back(Type::sequence(item));
  }
  return emit_loop(builder, std::move(loop), [&](const LoopTurn& turn) {
    std::vector<ValueId> given(turn.captured.begin(), turn.captured.end());
    for (size_t i = 0; i < own; ++i) {
      if (!turn.builder.type(given[i]).is_sequence()) continue;
      given[i] = turn.builder.emit_one("SequenceAt", {given[i], turn.number});
    }
    std::vector<ValueId> results = replay(body, turn.builder, given);
    for (size_t i = 0; i < results.size(); ++i) {
      results[i] = turn.builder.emit_one("SequenceInsert", {turn.carried[i], results[i]});
    }
    return results;
  });
}

std::vector<ValueId> expand_zeros_like(Builder& builder, const Node&,
                                       std::span<const ValueId> inputs) {
  const Expr x(builder, inputs[0]);
  check_onnx_type(x.type());
  if (x.type().is_tensor()) return {zeros_as(x).id()};
  if (x.type().is_sequence()) {
    return {emit_map(builder, inputs,
                     [](const std::vector<Expr>& items) { return zeros_as(items[0]); })};
  }
  const Type content = *x.type().item;
  return emit_if(
      builder, x.apply("OptionalHasElement").id(), inputs,
      [](Builder& inner, std::span<const ValueId> captured) -> std::vector<ValueId> {
        const Expr element = Expr(inner, captured[0]).apply("OptionalGetElement");
        return {zeros_as(element).apply("Optional").id()};
      },
      [&content](Builder& inner, std::span<const ValueId>) -> std::vector<ValueId> {
        return {inner.emit_one("Optional", {}, {{"type", content}})};
      });
}

std::vector<ValueId> expand_accumulate(Builder& builder, const Node&,
                                       std::span<const ValueId> inputs) {
  const Expr a(builder, inputs[0]);
  check_onnx_type(a.type());
  if (a.type().is_tensor()) return {(a + Expr(builder, inputs[1])).id()};
  if (a.type().is_sequence()) {
    return {emit_map(builder, inputs,
                     [](const std::vector<Expr>& items) { return items[0] + items[1]; })};
  }
  return emit_if(
      builder, a.apply("OptionalHasElement").id(), inputs,
      [](Builder& inner, std::span<const ValueId> captured) -> std::vector<ValueId> {
        const Expr left = Expr(inner, captured[0]).apply("OptionalGetElement");
        const Expr right = Expr(inner, captured[1]).apply("OptionalGetElement");
        return {sum_of(left, right).apply("Optional").id()};
      },
      [](Builder& inner, std::span<const ValueId> captured) -> std::vector<ValueId> {
        return {inner.emit_one("Identity", {captured[0]})};
      });
}

std::vector<ValueId> expand_sequence_join(Builder& builder, const Node&,
                                          std::span<const ValueId> inputs) {
  check_onnx_type(builder.type(inputs[0]));
  LoopSpec loop;
  loop.count = builder.emit_one("SequenceLength", {inputs[1]});
  loop.initial = {inputs[0]};
  loop.types = {open_sequence(leaf_type(builder.type(inputs[0])).element)};
  loop.captures = {inputs[1]};
  return emit_loop(builder, std::move(loop), [](const LoopTurn& turn) -> std::vector<ValueId> {
    const Expr item(turn.builder,
                    turn.builder.emit_one("SequenceAt", {turn.captured[0], turn.number}));
    return {turn.builder.emit_one("SequenceInsert", {turn.carried[0], item.id()})};
  });
}

std::vector<ValueId> expand_sequence_slice(Builder& builder, const Node&,
                                           std::span<const ValueId> inputs) {
  check_onnx_type(builder.type(inputs[0]));
  const DataType element = leaf_type(builder.type(inputs[0])).element;
  LoopSpec loop;
  loop.count = inputs[2];
  loop.initial = {empty_sequence(builder, element)};
  loop.types = {open_sequence(element)};
  loop.captures = {inputs[0], inputs[1]};
  return emit_loop(builder, std::move(loop), [](const LoopTurn& turn) -> std::vector<ValueId> {
    const Expr start(turn.builder, turn.captured[1]);
    const Expr position = start + Expr(turn.builder, turn.number);
    const ValueId item = turn.builder.emit_one("SequenceAt", {turn.captured[0], position.id()});
    return {turn.builder.emit_one("SequenceInsert", {turn.carried[0], item})};
  });
}

}  // namespace twingrad
