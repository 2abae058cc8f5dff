#include "ir/datum.h"

#include "ir/error.h"

namespace twingrad {
namespace {

Type type_of_tensor(const Tensor& tensor) {
  return Type::tensor(tensor.type(), PartialShape(tensor.shape()));
}

// The union of what the items are; the declared item type where there is none.
Type type_of_items(const Type& declared, const Sequence& items) {
  if (items.empty()) return declared;
  Type all = refined_type(declared, items[0]);
  for (size_t i = 1; i < items.size(); ++i) all = union_of(all, refined_type(declared, items[i]));
  return all;
}

Type item_of(const Type& declared) {
  return declared.item ? *declared.item : Type();
}

Type type_of(const Type& declared, const Datum& datum) {
  if (datum.is_tensor()) return type_of_tensor(datum.tensor());
  if (datum.is_sequence()) {
    const Type item = declared.kind == Type::Kind::kSequence ? item_of(declared) : Type();
    return Type::sequence(type_of_items(item, datum.sequence()));
  }
  const Type value = declared.kind == Type::Kind::kMap ? item_of(declared) : Type();
  return Type::map(datum.map().keys.type(), type_of_items(value, *datum.map().values));
}

}  // namespace

Type refined_type(const Type& declared, const Datum& datum) {
  if (declared.kind == Type::Kind::kOptional) {
    return datum.empty() ? declared : Type::optional(refined_type(item_of(declared), datum));
  }
  check(!datum.empty(), "has no value, expected ", declared);
  Type actual = type_of(declared, datum);
  if (!declared.is_unknown()) intersection_of(declared, actual);
  return actual;
}

}  // namespace twingrad
