#include "ir/type.h"

#include <algorithm>

#include "ir/error.h"

namespace twingrad {

bool PartialShape::known() const {
  return std::ranges::all_of(dims_, [](const Dimension& dim) { return dim.known(); });
}

Shape PartialShape::shape() const {
  std::vector<int64_t> extents;
  extents.reserve(dims_.size());
  for (const Dimension& dim : dims_) extents.push_back(dim.extent);
  return Shape(std::move(extents));
}

std::ostream& operator<<(std::ostream& out, const PartialShape& shape) {
  out << '[';
  for (int64_t axis = 0; axis < shape.rank(); ++axis) {
    const Dimension& dim = shape[axis];
    out << (axis ? "," : "");
    if (dim.known()) {
      out << dim.extent;
    } else {
      out << (dim.symbol.empty() ? "?" : dim.symbol);
    }
  }
  return out << ']';
}

Type Type::tensor(DataType element, std::optional<PartialShape> shape) {
  Type type;
  type.kind = Kind::kTensor;
  type.element = element;
  type.shape = std::move(shape);
  return type;
}

namespace {

Type container(Type::Kind kind, Type item) {
  Type type;
  type.kind = kind;
  type.item = std::make_shared<const Type>(std::move(item));
  return type;
}

}  // namespace

Type Type::sequence(Type item) {
  return container(Kind::kSequence, std::move(item));
}
Type Type::optional(Type item) {
  return container(Kind::kOptional, std::move(item));
}
Type Type::map(DataType key, Type value) {
  Type type = container(Kind::kMap, std::move(value));
  type.element = key;
  return type;
}

bool Type::operator==(const Type& other) const {
  if (kind != other.kind || element != other.element || shape != other.shape) return false;
  if (vacant != other.vacant) return false;
  return item == other.item || (item && other.item && *item == *other.item);
}

std::ostream& operator<<(std::ostream& out, const Type& type) {
  switch (type.kind) {
    case Type::Kind::kUnknown:
      return out << "?";
    case Type::Kind::kSparseTensor:
    case Type::Kind::kTensor:
      out << (type.is_tensor() ? "" : "sparse ") << data_type_name(type.element);
      return type.shape ? out << *type.shape : out << "[...]";
    case Type::Kind::kSequence:
      return out << "seq(" << *type.item << ')';
    case Type::Kind::kOptional:
      return out << "optional(" << *type.item << ')';
    default:
      return out << "map(" << data_type_name(type.element) << ',' << *type.item << ')';
  }
}

const Type& leaf_type(const Type& type) {
  return type.item ? leaf_type(*type.item) : type;
}

Type union_of(const Type& a, const Type& b) {
  if (a.kind != b.kind || a.element != b.element) return {};
  if (a.vacant) return b;
  if (b.vacant) return a;
  Type result = a;
  if (a.item && b.item) result.item = std::make_shared<const Type>(union_of(*a.item, *b.item));
  if (!a.shape || !b.shape || a.shape->rank() != b.shape->rank()) {
    result.shape.reset();
    return result;
  }
  for (int64_t axis = 0; axis < a.shape->rank(); ++axis) {
    if (!(*a.shape)[axis].same_as((*b.shape)[axis])) (*result.shape)[axis] = Dimension();
  }
  return result;
}

Type intersection_of(const Type& a, const Type& b) {
  if (a.is_unknown()) return b;
  if (b.is_unknown()) return a;
  check(a.kind == b.kind && a.element == b.element, "type ", a, " is not ", b);
  Type result = a;
  // A type without a shape, such as files declare, does not speak against it.
  result.vacant = (a.vacant && (b.vacant || !b.shape)) || (b.vacant && !a.shape);
  if (a.item && b.item) {
    result.item = std::make_shared<const Type>(intersection_of(*a.item, *b.item));
  }
  if (!a.shape || !b.shape) {
    if (b.shape) result.shape = b.shape;
    return result;
  }
  check(a.shape->rank() == b.shape->rank(), "shape ", *a.shape, " is not ", *b.shape);
  for (int64_t axis = 0; axis < a.shape->rank(); ++axis) {
    const Dimension& x = (*a.shape)[axis];
    const Dimension& y = (*b.shape)[axis];
    check(!x.known() || !y.known() || x.extent == y.extent, "shape ", *a.shape, " is not ",
          *b.shape);
    if (!x.known() && (y.known() || x.symbol.empty())) (*result.shape)[axis] = y;
  }
  return result;
}

}  // namespace twingrad
