#include "ir/ops/label_encoding.h"

#include "ir/error.h"

namespace twingrad {
namespace {

// The one list among those whose names begin so.
Tensor given(const Attributes& attributes, const std::string& prefix) {
  Tensor result;
  const auto take = [&](Tensor tensor) {
    check(!result.defined(), "there are several lists of ", prefix);
    result = std::move(tensor);
  };
  const auto length = [](const auto& list) { return Shape{static_cast<int64_t>(list.size())}; };
  if (attributes.has(prefix + "_tensor")) take(attributes.tensor(prefix + "_tensor"));
  if (attributes.has(prefix + "_strings")) {
    const auto& list = attributes.get<std::vector<std::string>>(prefix + "_strings");
    take(Tensor::of_strings(length(list), list));
  }
  if (attributes.has(prefix + "_int64s")) {
    const auto& list = attributes.integers(prefix + "_int64s");
    take(Tensor::of<int64_t>(length(list), std::span(list)));
  }
  if (attributes.has(prefix + "_floats")) {
    const auto& list = attributes.get<std::vector<float>>(prefix + "_floats");
    take(Tensor::of<float>(length(list), std::span(list)));
  }
  check(result.defined(), "there is no list of ", prefix);
  return result;
}

Tensor fallback(const Attributes& attributes, DataType type) {
  if (attributes.has("default_tensor")) {
    const Tensor& tensor = attributes.tensor("default_tensor");
    check(tensor.type() == type && tensor.element_count() == 1,
          "'default_tensor' must hold one element of the values' type");
    return tensor;
  }
  if (type == DataType::kString) {
    return Tensor::of_strings({1}, {attributes.text("default_string")});
  }
  if (is_integer(type)) {
    return Tensor::filled(type, {1}, static_cast<double>(attributes.integer("default_int64")));
  }
  return Tensor::filled(type, {1}, static_cast<double>(attributes.real("default_float")));
}

}  // namespace

LabelEncoding::LabelEncoding(const Attributes& attributes)
    : keys(given(attributes, "keys")),
      values(given(attributes, "values")),
      otherwise(fallback(attributes, values.type())) {
  check(keys.element_count() == values.element_count(), keys.element_count(), " keys and ",
        values.element_count(), " values");
}

}  // namespace twingrad
