#include "importers/onnx/opsets.h"
#include "importers/onnx/upgrade/families.h"
#include "ir/error.h"

namespace twingrad {
namespace {

template <typename T>
Tensor vector_of(const std::vector<T>& values) {
  return Tensor::of<T>({static_cast<int64_t>(values.size())}, std::span(values));
}

// The tensor that any of the attributes of Constant stands for.
std::optional<Tensor> tensor_of(std::string_view name, const AttributeValue& value) {
  if (name == "value_float") return Tensor::scalar(std::get<float>(value));
  if (name == "value_int") return Tensor::scalar(std::get<int64_t>(value));
  if (name == "value_floats") return vector_of(std::get<std::vector<float>>(value));
  if (name == "value_ints") return vector_of(std::get<std::vector<int64_t>>(value));
  if (name == "value_string") return Tensor::of_strings({}, {std::get<std::string>(value)});
  if (name == "value_strings") {
    const auto& texts = std::get<std::vector<std::string>>(value);
    return Tensor::of_strings({static_cast<int64_t>(texts.size())}, texts);
  }
  if (name == "sparse_value") return to_dense(std::get<SparseTensor>(value));
  return std::nullopt;
}

void upgrade_constant(OldNode& node) {
  Attributes& attributes = node.spec.attributes;
  const auto count = std::distance(attributes.begin(), attributes.end());
  check(count == 1, "must have one attribute, found ", count);
  const auto [name, value] = *attributes.begin();
  if (name == "value") return;
  try {
    auto tensor = tensor_of(name, value);
    if (!tensor) return;
    attributes.erase(name);
    attributes.set("value", std::move(*tensor));
  } catch (const std::bad_variant_access&) {
    fail("attribute ", quoted_name(name), " is of another type than its name says");
  }
}

}  // namespace

std::vector<UpgradeRow> constant_upgrades() {
  // The newest opset has these forms too; a graph has `value` alone.
  return {{"Constant", kNewestOpset + 1, upgrade_constant}};
}

}  // namespace twingrad
