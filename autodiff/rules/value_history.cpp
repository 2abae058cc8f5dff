#include "autodiff/rules/value_history.h"

#include <algorithm>

#include "ir/nested.h"

namespace twingrad {
namespace {

// Extents that are numbers or have names are the same in every turn.
bool has_one_shape(const Type& type) {
  return type.shape && std::ranges::all_of(*type.shape, [](const Dimension& dim) {
           return dim.known() || !dim.symbol.empty();
         });
}

ValueId empty_sequence(Builder& builder, DataType element) {
  return builder.emit_one("SequenceEmpty", {}, {{"dtype", static_cast<int64_t>(element)}});
}

ValueId length_of(Builder& builder, ValueId sequence) {
  return builder.emit_one("SequenceLength", {sequence});
}

}  // namespace

ValueHistory::Form ValueHistory::form_of(const Type& type) {
  if (type.is_optional()) return Form::kOptional;
  if (type.is_sequence()) return Form::kParts;
  return has_one_shape(type) ? Form::kStack : Form::kList;
}

ValueHistory::ValueHistory(Type type) : type_(std::move(type)), form_(form_of(type_)) {}

ValueId ValueHistory::initial(Builder& builder) const {
  return empty_sequence(builder, leaf_type(type_).element);
}

Type ValueHistory::carried_type() const {
  return Type::sequence(leaf_type(type_));
}

size_t ValueHistory::scan_count() const {
  switch (form_) {
    case Form::kStack:
      return 1;
    case Form::kList:
      return 0;
    case Form::kParts:
      return 2;
    default:
      return 3;
  }
}

// What the optional holds as a sequence, of no items where it is empty.
ValueId ValueHistory::content_items(Builder& builder, ValueId has, ValueId value) const {
  const DataType element = leaf_type(type_).element;
  const bool holds_tensor = content().is_tensor();
  const ValueId captured[] = {value};
  return emit_if(
      builder, has, captured,
      [holds_tensor](Builder& inner, std::span<const ValueId> inside) -> std::vector<ValueId> {
        const ValueId held = inner.emit_one("OptionalGetElement", {inside[0]});
        return {holds_tensor ? inner.emit_one("SequenceConstruct", {held}) : held};
      },
      [element](Builder& inner, std::span<const ValueId>) -> std::vector<ValueId> {
        return {empty_sequence(inner, element)};
      })[0];
}

ValueHistory::Record ValueHistory::record(Builder& builder, ValueId value, ValueId carried) const {
  if (form_ == Form::kStack) return {kNoValue, {builder.emit_one("Identity", {value})}};
  if (form_ == Form::kList) return {builder.emit_one("SequenceInsert", {carried, value}), {}};
  Record result;
  ValueId items = value;
  if (form_ == Form::kOptional) {
    const ValueId has = builder.emit_one("OptionalHasElement", {value});
    items = content_items(builder, has, value);
    result.scans.push_back(has);
  }
  result.scans.push_back(length_of(builder, carried));
  result.scans.push_back(length_of(builder, items));
  result.carried = builder.emit_one("SequenceJoin", {carried, items}, {}, kInternalDomain);
  return result;
}

ValueId ValueHistory::at(Builder& builder, std::span<const ValueId> kept, Expr turn) const {
  const auto of_turn = [&](ValueId stack) { return gather(Expr(builder, stack), turn, 0).id(); };
  if (form_ == Form::kStack) return of_turn(kept[0]);
  if (form_ == Form::kList) return builder.emit_one("SequenceAt", {kept[0], turn.id()});
  const ValueId first = of_turn(kept[kept.size() - 2]);
  const ValueId count = of_turn(kept.back());
  const ValueId items =
      builder.emit_one("SequenceSlice", {kept[0], first, count}, {}, kInternalDomain);
  if (form_ == Form::kParts) return items;
  const Type content = this->content();
  const ValueId captured[] = {items};
  return emit_if(
      builder, of_turn(kept[1]), captured,
      [&](Builder& inner, std::span<const ValueId> inside) -> std::vector<ValueId> {
        ValueId held = inside[0];
        if (content.is_tensor()) {
          const ValueId front = inner.constant(Tensor::scalar<int64_t>(0));
          held = inner.emit_one("SequenceAt", {held, front});
        }
        return {inner.emit_one("Optional", {held})};
      },
      [&](Builder& inner, std::span<const ValueId>) -> std::vector<ValueId> {
        return {inner.emit_one("Optional", {}, {{"type", content}})};
      })[0];
}

}  // namespace twingrad
