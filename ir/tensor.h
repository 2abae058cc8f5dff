#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/data_type.h"
#include "ir/native_type.h"
#include "ir/shape.h"

namespace twingrad {

// A dense row-major array. Copies share the storage: a tensor is a value once it has been filled,
// and whoever still writes to it is its only owner. Storage may be borrowed (an arena's).
class Tensor {
 public:
  Tensor() = default;
  // Uninitialised storage (strings: empty), aligned to 64 bytes.
  Tensor(DataType type, Shape shape);
  // On storage of somebody else, of at least byte_size(): the pointer's owner keeps it alive.
  Tensor(DataType type, Shape shape, std::shared_ptr<void> storage);

  static Tensor zeros(DataType type, Shape shape);
  template <typename T>
  static Tensor of(Shape shape, std::span<const T> values);
  template <typename T>
  static Tensor of(Shape shape, std::initializer_list<T> values) {
    return of<T>(std::move(shape), std::span<const T>(values.begin(), values.size()));
  }
  template <typename T>
  static Tensor scalar(T value) {
    return of<T>(Shape{}, std::span<const T>(&value, 1));
  }
  static Tensor of_strings(Shape shape, std::vector<std::string> values);
  // A tensor of any numeric type, every element `value` converted to it.
  static Tensor filled(DataType type, Shape shape, double value);

  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  int64_t rank() const { return shape_.rank(); }
  int64_t element_count() const { return count_; }
  size_t byte_size() const { return static_cast<size_t>(count_) * element_size(type_); }
  bool defined() const { return type_ != DataType::kUndefined; }

  void* raw() { return storage_.get(); }
  const void* raw() const { return storage_.get(); }
  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(storage_.get()), byte_size()};
  }
  template <typename T>
  T* data() {
    return static_cast<T*>(storage_.get());
  }
  template <typename T>
  const T* data() const {
    return static_cast<const T*>(storage_.get());
  }
  template <typename T>
  std::span<const T> values() const {
    return {data<T>(), static_cast<size_t>(count_)};
  }
  template <typename T>
  std::span<T> values() {
    return {data<T>(), static_cast<size_t>(count_)};
  }
  std::span<const std::string> strings() const;
  std::span<std::string> strings();
  const std::shared_ptr<void>& storage() const { return storage_; }

  // Moves the tensor onto other storage, of at least byte_size(); does not allocate.
  void rebind(std::shared_ptr<void> storage) { storage_ = std::move(storage); }

  // The same elements under another shape of equal count; shares the storage.
  Tensor reshaped(Shape shape) const;
  Tensor clone() const;

 private:
  DataType type_ = DataType::kUndefined;
  Shape shape_;
  int64_t count_ = 0;
  std::shared_ptr<void> storage_;
};

// Equal type, shape and bits (strings: text).
bool identical(const Tensor& a, const Tensor& b);

// Element `index` as a double; complex: its real part. Not for strings.
double element_as_double(const Tensor& tensor, int64_t index);
void set_element(Tensor& tensor, int64_t index, double value);
// Every element as int64; for index and shape operands. Throws Error for types that are not
// integer.
std::vector<int64_t> as_int64(const Tensor& tensor);

template <typename T>
Tensor Tensor::of(Shape shape, std::span<const T> values) {
  Tensor tensor(kNativeType<T>, std::move(shape));
  for (size_t i = 0; i < values.size() && i < static_cast<size_t>(tensor.count_); ++i) {
    tensor.data<T>()[i] = values[i];
  }
  return tensor;
}

}  // namespace twingrad
