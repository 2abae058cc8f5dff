#include "ir/tensor.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "ir/error.h"

namespace twingrad {
namespace {

constexpr size_t kAlignment = 64;

std::shared_ptr<void> allocate_bytes(size_t bytes) {
  const size_t rounded = (std::max(bytes, size_t{1}) + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = std::aligned_alloc(kAlignment, rounded);
  check(memory != nullptr, "out of memory: ", bytes, " bytes for one tensor");
  return {memory, std::free};
}

size_t checked_bytes(DataType type, int64_t count) {
  const auto bytes = checked_product(count, static_cast<int64_t>(element_size(type)));
  check(bytes.has_value(), "tensor of ", count, " elements is too large");
  return static_cast<size_t>(*bytes);
}

// Calls f with a pointer to element `index` in the C++ type that holds it.
template <typename Storage, typename F>
auto with_element(Storage* raw, DataType type, int64_t index, F f) {
  const auto at = [raw, index]<typename T>(T*) {
    using Element = std::conditional_t<std::is_const_v<Storage>, const T, T>;
    return static_cast<Element*>(raw) + index;
  };
  switch (type) {
    case DataType::kFloat:
      return f(at(static_cast<float*>(nullptr)));
    case DataType::kDouble:
      return f(at(static_cast<double*>(nullptr)));
    case DataType::kInt8:
    case DataType::kInt4:
    case DataType::kInt2:
      return f(at(static_cast<int8_t*>(nullptr)));
    case DataType::kInt16:
      return f(at(static_cast<int16_t*>(nullptr)));
    case DataType::kInt32:
      return f(at(static_cast<int32_t*>(nullptr)));
    case DataType::kInt64:
      return f(at(static_cast<int64_t*>(nullptr)));
    case DataType::kUint16:
      return f(at(static_cast<uint16_t*>(nullptr)));
    case DataType::kUint32:
      return f(at(static_cast<uint32_t*>(nullptr)));
    case DataType::kUint64:
      return f(at(static_cast<uint64_t*>(nullptr)));
    case DataType::kBool:
      return f(at(static_cast<bool*>(nullptr)));
    case DataType::kFloat16:
      return f(at(static_cast<Float16*>(nullptr)));
    case DataType::kBfloat16:
      return f(at(static_cast<BFloat16*>(nullptr)));
    case DataType::kComplex64:
      return f(at(static_cast<std::complex<float>*>(nullptr)));
    case DataType::kComplex128:
      return f(at(static_cast<std::complex<double>*>(nullptr)));
    case DataType::kUndefined:
    case DataType::kString:
      fail("no number in a tensor of type ", data_type_name(type));
    default:
      return f(at(static_cast<uint8_t*>(nullptr)));
  }
}

}  // namespace

Tensor::Tensor(DataType type, Shape shape)
    : type_(type), shape_(std::move(shape)), count_(shape_.element_count()) {
  if (type == DataType::kString) {
    storage_ = std::make_shared<std::vector<std::string>>(static_cast<size_t>(count_));
  } else {
    storage_ = allocate_bytes(checked_bytes(type, count_));
  }
}

Tensor::Tensor(DataType type, Shape shape, std::shared_ptr<void> storage)
    : type_(type),
      shape_(std::move(shape)),
      count_(shape_.element_count()),
      storage_(std::move(storage)) {}

Tensor Tensor::zeros(DataType type, Shape shape) {
  Tensor tensor(type, std::move(shape));
  if (type != DataType::kString) std::memset(tensor.raw(), 0, tensor.byte_size());
  return tensor;
}

Tensor Tensor::of_strings(Shape shape, std::vector<std::string> values) {
  check(shape.element_count() == static_cast<int64_t>(values.size()), "shape ", shape, " holds ",
        shape.element_count(), " strings, not ", values.size());
  return {DataType::kString, std::move(shape),
          std::make_shared<std::vector<std::string>>(std::move(values))};
}

Tensor Tensor::filled(DataType type, Shape shape, double value) {
  Tensor tensor(type, std::move(shape));
  if (tensor.count_ == 0) return tensor;
  set_element(tensor, 0, value);
  auto* bytes = static_cast<std::byte*>(tensor.raw());
  const size_t size = element_size(type);
  for (size_t done = size; done < tensor.byte_size(); done *= 2) {
    std::memcpy(bytes + done, bytes, std::min(done, tensor.byte_size() - done));
  }
  return tensor;
}

std::span<const std::string> Tensor::strings() const {
  return *static_cast<const std::vector<std::string>*>(storage_.get());
}

std::span<std::string> Tensor::strings() {
  return *static_cast<std::vector<std::string>*>(storage_.get());
}

Tensor Tensor::reshaped(Shape shape) const {
  check(shape.element_count() == count_, "shape ", shape_, " cannot become ", shape);
  Tensor tensor = *this;
  tensor.shape_ = std::move(shape);
  return tensor;
}

Tensor Tensor::clone() const {
  if (!defined()) return {};
  if (type_ == DataType::kString) {
    return of_strings(shape_, {strings().begin(), strings().end()});
  }
  Tensor copy(type_, shape_);
  std::memcpy(copy.raw(), raw(), byte_size());
  return copy;
}

bool identical(const Tensor& a, const Tensor& b) {
  if (a.type() != b.type() || a.shape() != b.shape()) return false;
  if (!a.defined()) return true;
  if (a.type() == DataType::kString) return std::ranges::equal(a.strings(), b.strings());
  return std::memcmp(a.raw(), b.raw(), a.byte_size()) == 0;
}

double element_as_double(const Tensor& tensor, int64_t index) {
  if (kSmallFloatTypes.contains(tensor.type())) {
    return small_float_to_float(tensor.data<uint8_t>()[index], tensor.type());
  }
  return with_element(tensor.raw(), tensor.type(), index, [](const auto* element) -> double {
    using T = std::decay_t<decltype(*element)>;
    if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
      return static_cast<double>(static_cast<float>(*element));
    } else if constexpr (std::is_arithmetic_v<T>) {
      return static_cast<double>(*element);
    } else {
      return static_cast<double>(element->real());
    }
  });
}

void set_element(Tensor& tensor, int64_t index, double value) {
  if (kSmallFloatTypes.contains(tensor.type())) {
    tensor.data<uint8_t>()[index] =
        small_float_from_float(static_cast<float>(value), tensor.type());
    return;
  }
  with_element(tensor.raw(), tensor.type(), index, [value](auto* element) {
    using T = std::decay_t<decltype(*element)>;
    if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
      *element = T(static_cast<float>(value));
    } else if constexpr (std::is_same_v<T, bool>) {
      *element = value != 0;
    } else if constexpr (std::is_arithmetic_v<T>) {
      *element = static_cast<T>(value);
    } else {
      *element = T(static_cast<typename T::value_type>(value));
    }
  });
}

std::vector<int64_t> as_int64(const Tensor& tensor) {
  check(is_integer(tensor.type()) || tensor.type() == DataType::kBool,
        "expected integers, found a tensor of ", data_type_name(tensor.type()));
  std::vector<int64_t> values(static_cast<size_t>(tensor.element_count()));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = with_element(tensor.raw(), tensor.type(), static_cast<int64_t>(i),
                             [](const auto* element) -> int64_t {
                               using T = std::decay_t<decltype(*element)>;
                               if constexpr (std::is_integral_v<T>) {
                                 return static_cast<int64_t>(*element);
                               } else {
                                 return 0;
                               }
                             });
  }
  return values;
}

}  // namespace twingrad
