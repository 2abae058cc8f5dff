#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace twingrad {

// The extents of a tensor that exists. Extents are not negative; the product fits int64
// (checked by `element_count`). A type of its own, so that it prints and compares as a shape.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> extents) : extents_(extents) {}
  explicit Shape(std::vector<int64_t> extents) : extents_(std::move(extents)) {}
  explicit Shape(std::span<const int64_t> extents) : extents_(extents.begin(), extents.end()) {}

  int64_t rank() const { return static_cast<int64_t>(extents_.size()); }
  int64_t operator[](int64_t axis) const { return extents_[static_cast<size_t>(axis)]; }
  int64_t& operator[](int64_t axis) { return extents_[static_cast<size_t>(axis)]; }
  auto begin() const { return extents_.begin(); }
  auto end() const { return extents_.end(); }
  const std::vector<int64_t>& extents() const { return extents_; }
  operator std::span<const int64_t>() const { return extents_; }
  void append(int64_t extent) { extents_.push_back(extent); }
  bool operator==(const Shape&) const = default;

  // The product of all extents. Throws Error when it overflows or an extent is negative.
  int64_t element_count() const;
  // The product of the extents [first, last).
  int64_t product(int64_t first, int64_t last) const;
  // Row-major strides in elements.
  std::vector<int64_t> strides() const;

 private:
  std::vector<int64_t> extents_;
};

// "[2,3]".
std::ostream& operator<<(std::ostream& out, const Shape& shape);

// a * b, nullopt on overflow. Both not negative.
std::optional<int64_t> checked_product(int64_t a, int64_t b);

// `axis` in [-rank, rank) as one in [0, rank); throws Error otherwise.
int64_t normalized_axis(int64_t axis, int64_t rank);

// NumPy's (and ONNX's multidirectional) broadcasting; throws Error when the shapes do not fit.
Shape broadcast(const Shape& a, const Shape& b);

}  // namespace twingrad
