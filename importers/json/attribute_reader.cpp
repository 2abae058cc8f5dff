#include "importers/json/element_values.h"
#include "importers/json/graph_assembler.h"
#include "importers/json/model_keys.h"
#include "importers/json/type_text.h"
#include "ir/error.h"

namespace twingrad {
namespace {

std::vector<float> floats_of(const JsonView& list) {
  const auto count = static_cast<int64_t>(list.items().size());
  const Tensor tensor = tensor_of_values(list, DataType::kFloat, {count});
  const auto values = tensor.values<float>();
  return {values.begin(), values.end()};
}

SparseTensor sparse_of(const JsonView& object, JsonTensorReader& tensors) {
  object.refuse_keys_other_than(kSparseKeys);
  SparseTensor sparse;
  for (const JsonView& extent : object.at("shape").items()) {
    sparse.shape.append(extent.integer(0, INT64_MAX));
  }
  sparse.values = tensors.read(object.at("values"), "");
  sparse.indices = tensors.read(object.at("indices"), "");
  return sparse;
}

template <typename Read>
auto list_of(const JsonView& list, Read read) {
  std::vector<decltype(read(list))> values;
  for (const JsonView& item : list.items()) values.push_back(read(item));
  return values;
}

}  // namespace

AttributeValue GraphAssembler::attribute(const AttributeSyntax& syntax) {
  const JsonView& value = syntax.value;
  if (syntax.reference) return AttributeReference{std::string(value.string()), syntax.type};
  const auto tensor = [this](const JsonView& view) { return tensors_.read(view, ""); };
  const auto sparse = [this](const JsonView& view) { return sparse_of(view, tensors_); };
  switch (syntax.type) {
    case AttributeType::kFloat:
      return tensor_of_values(value, DataType::kFloat, {}).data<float>()[0];
    case AttributeType::kInt:
      return value.integer();
    case AttributeType::kString:
      return text_of(value);
    case AttributeType::kTensor:
      return tensor(value);
    case AttributeType::kFloats:
      return floats_of(value);
    case AttributeType::kInts:
      return value.integers();
    case AttributeType::kStrings:
      return list_of(value, text_of);
    case AttributeType::kTensors:
      return list_of(value, tensor);
    case AttributeType::kSparseTensor:
      return sparse(value);
    case AttributeType::kSparseTensors:
      return list_of(value, sparse);
    case AttributeType::kType:
      return read_type(value);
    case AttributeType::kTypes:
      return list_of(value, read_type);
    default:
      value.refuse("unexpected attribute of type ", attribute_type_name(syntax.type));
  }
}

Metadata read_metadata(const JsonView& object) {
  const auto entries = object.find("metadata");
  Metadata metadata;
  if (!entries) return metadata;
  if (!entries->is_array()) {
    for (const auto& [key, value] : entries->members()) {
      metadata.emplace_back(key, value.string());
    }
    return metadata;
  }
  for (const JsonView& entry : entries->items()) {
    const auto pair = entry.items();
    if (pair.size() != 2) entry.refuse("expected [key, value], found ", pair.size(), " items");
    metadata.emplace_back(pair[0].string(), pair[1].string());
  }
  return metadata;
}

std::string read_text(const JsonView& object, std::string_view key) {
  const auto value = object.find(key);
  return value ? std::string(value->string()) : std::string();
}

Type read_type(const JsonView& text) {
  try {
    return parse_type(text.string());
  } catch (const Error& error) {
    if (!text.is_string()) throw;
    throw error.at(text.path());
  }
}

}  // namespace twingrad
