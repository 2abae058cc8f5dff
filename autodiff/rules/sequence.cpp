#include <functional>

#include "autodiff/rules/tables.h"
#include "ir/nested.h"
#include "ir/training_domain.h"

namespace twingrad {
namespace {

using Context = const RuleContext&;

// The cotangent of a sequence is a sequence of the same length. Positions may count from the back,
// and the cotangent's length differs from that of the sequence that they were given for.
Expr place_in(Expr sequence, Expr position) {
  const Expr given = cast(position, DataType::kInt64);
  return where(given < given.like(0), given + sequence.apply("SequenceLength"), given);
}

Expr number(Context c, int64_t value) {
  return {c.builder(), c.builder().constant(Tensor::scalar<int64_t>(value))};
}

// The item at a position replaced.
Expr with_item(Expr sequence, Expr place, Expr item) {
  return sequence.apply("SequenceErase", {place}).apply("SequenceInsert", {item, place});
}

Expr construct_input(Context c) {
  return c.g().apply("SequenceAt", {number(c, static_cast<int64_t>(c.index()))});
}

Expr at_sequence(Context c) {
  return with_item(zeros_as(c.x(0)), place_in(c.x(0), c.x(1)), c.g());
}

Expr insert_sequence(Context c) {
  if (!c.has_x(2)) return c.g().apply("SequenceErase");
  return c.g().apply("SequenceErase", {place_in(c.x(0), c.x(2))});
}

Expr insert_tensor(Context c) {
  return c.g().apply("SequenceAt", {c.has_x(2) ? place_in(c.x(0), c.x(2)) : number(c, -1)});
}

Expr erase_sequence(Context c) {
  const Expr last = number(c, -1);
  const Expr zero = zeros_as(c.x(0).apply("SequenceAt", {c.has_x(1) ? c.x(1) : last}));
  if (!c.has_x(1)) return c.g().apply("SequenceInsert", {zero});
  return c.g().apply("SequenceInsert", {zero, place_in(c.x(0), c.x(1))});
}

// A SequenceMap of one operator.
Expr mapped_by(Expr sequence, const std::function<Expr(Expr)>& function) {
  NestedGraph nested(sequence.builder());
  const Expr item(nested.builder(), nested.formal(*sequence.type().item));
  const GraphPointer body = nested.finish({function(item).id()});
  return sequence.apply("SequenceMap", {}, {{"body", body}});
}

Expr split_input(Context c) {
  const Expr x = c.x(0);
  const int64_t axis = normalized_axis(c.attributes().integer("axis"), x.rank());
  const bool stacks = !c.has_x(1) && !c.attributes().flag("keepdims");
  const Dimension& extent = x.shape()[axis];
  if (extent.is(0)) return zeros_as(x);
  Expr parts = c.g();
  if (!extent.known()) {
    // There may be no parts at all, and an empty sequence cannot be concatenated.
    if (stacks) {
      parts = mapped_by(parts, [axis](Expr item) { return unsqueeze(item, std::span(&axis, 1)); });
    }
    parts = parts.apply("SequenceInsert", {slice(zeros_as(x), axis, 0, 0), number(c, 0)});
  }
  return parts.apply("ConcatFromSequence", {},
                     {{"axis", axis}, {"new_axis", int64_t{stacks && extent.known()}}});
}

// The extent of every item along the axis.
Expr extents_along(Expr sequence, int64_t axis) {
  Attributes range = {{"start", axis}};
  if (axis != -1) range.set("end", axis + 1);
  return mapped_by(sequence, [&](Expr item) { return item.apply("Shape", {}, range); })
      .apply("ConcatFromSequence", {}, {{"axis", int64_t{0}}});
}

Expr concat_sequence(Context c) {
  const int64_t axis = c.attributes().integer("axis");
  if (c.attributes().flag("new_axis")) {
    return c.g().apply("SplitToSequence", {}, {{"axis", axis}, {"keepdims", int64_t{0}}});
  }
  return c.g().apply("SplitToSequence", {extents_along(c.x(0), axis)}, {{"axis", axis}});
}

// The cotangent of an optional is an optional that has a value where it has.
Expr get_element_input(Context c) {
  return c.x(0).type().is_optional() ? c.g().apply("Optional") : c.g();
}

Expr optional_input(Context c) {
  return c.g().apply("OptionalGetElement");
}

Expr cotangent(Context c) {
  return c.g();
}

Expr length_of(Expr sequence) {
  return sequence.apply("SequenceLength");
}

Expr slice_of(Expr sequence, Expr start, Expr count) {
  return sequence.apply("SequenceSlice", {start, count}, {}, kInternalDomain);
}

Expr joined(Expr a, Expr b) {
  return a.apply("SequenceJoin", {b}, {}, kInternalDomain);
}

Expr join_input(Context c) {
  const Expr first = length_of(c.x(0));
  if (c.index() == 0) return slice_of(c.g(), number(c, 0), first);
  return slice_of(c.g(), first, length_of(c.x(1)));
}

Expr slice_sequence(Context c) {
  const Expr zeros = zeros_as(c.x(0));
  const Expr end = c.x(1) + c.x(2);
  const Expr before = slice_of(zeros, number(c, 0), c.x(1));
  return joined(joined(before, c.g()), slice_of(zeros, end, length_of(zeros) - end));
}

}  // namespace

std::vector<DerivativeRow> sequence_derivatives() {
  return {
      {"SequenceConstruct", {construct_input}},
      {"SequenceEmpty", {nullptr}},
      {"SequenceAt", {at_sequence, nullptr}},
      {"SequenceInsert", {insert_sequence, insert_tensor, nullptr}},
      {"SequenceErase", {erase_sequence, nullptr}},
      {"SequenceLength", {nullptr}},
      {"SplitToSequence", {split_input, nullptr}},
      {"ConcatFromSequence", {concat_sequence}},
      {"Optional", {optional_input}},
      {"OptionalGetElement", {get_element_input}},
      {"OptionalHasElement", {nullptr}},
      {.op = "Gradient", .inputs = {nullptr}, .domain = kTrainingDomain},
      {.op = "ZerosLike", .inputs = {nullptr}, .domain = kInternalDomain},
      {.op = "Accumulate", .inputs = {cotangent}, .domain = kInternalDomain},
      {.op = "SequenceJoin", .inputs = {join_input}, .domain = kInternalDomain},
      {.op = "SequenceSlice",
       .inputs = {slice_sequence, nullptr, nullptr},
       .domain = kInternalDomain},
  };
}

}  // namespace twingrad
