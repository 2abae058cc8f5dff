#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "ir/data_type.h"
#include "ir/shape.h"

namespace twingrad {

// One extent as far as it is known: a number, a name ("batch": equal names are equal extents), or
// neither.
struct Dimension {
  // Not -1: the elements of shape operands are dimensions too, and there -1 has a meaning.
  static constexpr int64_t kUnknown = std::numeric_limits<int64_t>::min();
  int64_t extent = kUnknown;
  std::string symbol;

  Dimension() = default;
  Dimension(int64_t value) : extent(value) {}  // NOLINT: a number is a dimension
  explicit Dimension(std::string name) : symbol(std::move(name)) {}
  bool known() const { return extent != kUnknown; }
  bool is(int64_t value) const { return extent == value; }
  // Known to be equal; two unknown ones without a name are not.
  bool same_as(const Dimension& other) const {
    return known() ? extent == other.extent : !symbol.empty() && symbol == other.symbol;
  }
  bool operator==(const Dimension&) const = default;
};

// A shape of known rank whose extents may be unknown.
class PartialShape {
 public:
  PartialShape() = default;
  PartialShape(std::initializer_list<Dimension> dims) : dims_(dims) {}
  explicit PartialShape(std::vector<Dimension> dims) : dims_(std::move(dims)) {}
  PartialShape(const Shape& shape) : dims_(shape.begin(), shape.end()) {}  // NOLINT: exact

  int64_t rank() const { return static_cast<int64_t>(dims_.size()); }
  const Dimension& operator[](int64_t axis) const { return dims_[static_cast<size_t>(axis)]; }
  Dimension& operator[](int64_t axis) { return dims_[static_cast<size_t>(axis)]; }
  auto begin() const { return dims_.begin(); }
  auto end() const { return dims_.end(); }
  void append(Dimension dim) { dims_.push_back(std::move(dim)); }
  const std::vector<Dimension>& dims() const { return dims_; }

  bool known() const;
  // All extents; call only when known().
  Shape shape() const;
  bool operator==(const PartialShape&) const = default;

 private:
  std::vector<Dimension> dims_;
};

std::ostream& operator<<(std::ostream& out, const PartialShape& shape);  // "[batch,3,?]"

// The static type of a value. Element types are always known for tensors; shapes need not be.
struct Type {
  enum class Kind : uint8_t { kUnknown, kTensor, kSparseTensor, kSequence, kOptional, kMap };

  Kind kind = Kind::kUnknown;
  DataType element = DataType::kUndefined;  // of tensors; of maps: the keys
  std::optional<PartialShape> shape;        // of tensors; nullopt: not even the rank is known
  std::shared_ptr<const Type> item;         // of sequences, optionals and maps
  // Of the items of a sequence that is known to be empty: the union with another type is that type.
  bool vacant = false;

  static Type tensor(DataType element, std::optional<PartialShape> shape = std::nullopt);
  static Type sequence(Type item);
  static Type optional(Type item);
  static Type map(DataType key, Type value);

  bool is_tensor() const { return kind == Kind::kTensor; }
  bool is_unknown() const { return kind == Kind::kUnknown; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_optional() const { return kind == Kind::kOptional; }
  // A tensor whose extents are all numbers.
  bool is_static() const { return is_tensor() && shape.has_value() && shape->known(); }
  bool operator==(const Type& other) const;
};

std::ostream& operator<<(std::ostream& out, const Type& type);  // "float[2,N]", "seq(int64[?])"

// The type of the tensors that a sequence or optional of whatever depth holds; a tensor's own.
const Type& leaf_type(const Type& type);

// What is known if a value is one or the other: equal parts stay, the rest becomes unknown.
Type union_of(const Type& a, const Type& b);
// What is known if a value is both; throws Error when that cannot be.
Type intersection_of(const Type& a, const Type& b);

}  // namespace twingrad
