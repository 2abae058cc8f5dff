#include "exporters/onnx/field_notes.h"

#include <algorithm>

namespace twingrad {
namespace {

constexpr std::string_view kNotes = "onnx.";
constexpr std::string_view kDenotation = "onnx.denotation";
constexpr std::string_view kQuantization = "onnx.quantization.";

const std::string* find(const Metadata& metadata, const std::string& key) {
  const auto found = std::ranges::find(metadata, key, &std::pair<std::string, std::string>::first);
  return found == metadata.end() ? nullptr : &found->second;
}

bool has_prefix(const Metadata& metadata, std::string_view prefix) {
  return std::ranges::any_of(metadata,
                             [&](const auto& entry) { return entry.first.starts_with(prefix); });
}

template <typename TensorType>
void apply_dimensions(const Metadata& metadata, const std::string& key, TensorType& proto) {
  for (int i = 0; i < proto.shape().dim_size(); ++i) {
    if (const auto* text = find(metadata, key + ".dim" + std::to_string(i))) {
      proto.mutable_shape()->mutable_dim(i)->set_denotation(*text);
    }
  }
}

void apply_type(const Metadata& metadata, const std::string& key, onnx::TypeProto& proto) {
  if (const auto* text = find(metadata, key)) proto.set_denotation(*text);
  switch (proto.value_case()) {
    case onnx::TypeProto::kTensorType:
      return apply_dimensions(metadata, key, *proto.mutable_tensor_type());
    case onnx::TypeProto::kSparseTensorType:
      return apply_dimensions(metadata, key, *proto.mutable_sparse_tensor_type());
    case onnx::TypeProto::kSequenceType:
      return apply_type(metadata, key + ".item",
                        *proto.mutable_sequence_type()->mutable_elem_type());
    case onnx::TypeProto::kOptionalType:
      return apply_type(metadata, key + ".item",
                        *proto.mutable_optional_type()->mutable_elem_type());
    case onnx::TypeProto::kMapType:
      return apply_type(metadata, key + ".item", *proto.mutable_map_type()->mutable_value_type());
    default:
      return;
  }
}

void apply_tensor(const Metadata& metadata, const std::string& key, onnx::TensorProto& proto) {
  if (const auto* name = find(metadata, key)) proto.set_name(*name);
  if (const auto* text = find(metadata, key + "_doc")) proto.set_doc_string(*text);
}

}  // namespace

Metadata without_notes(const Metadata& metadata) {
  Metadata others;
  std::ranges::copy_if(metadata, std::back_inserter(others),
                       [](const auto& entry) { return !entry.first.starts_with(kNotes); });
  return others;
}

void apply_type_notes(const Metadata& metadata, onnx::TypeProto& proto) {
  if (has_type_notes(metadata)) apply_type(metadata, std::string(kDenotation), proto);
}

void apply_attribute_notes(const Metadata& metadata, onnx::AttributeProto& proto) {
  if (!has_attribute_notes(metadata, proto.name())) return;
  const std::string key = "onnx.attribute." + proto.name();
  if (const auto* text = find(metadata, key + ".doc")) proto.set_doc_string(*text);
  if (proto.has_t()) apply_tensor(metadata, key + ".tensor", *proto.mutable_t());
  if (proto.has_sparse_tensor()) {
    apply_tensor(metadata, key + ".tensor", *proto.mutable_sparse_tensor()->mutable_values());
  }
  for (int i = 0; i < proto.tensors_size(); ++i) {
    apply_tensor(metadata, key + ".tensor" + std::to_string(i), *proto.mutable_tensors(i));
  }
  for (int i = 0; i < proto.sparse_tensors_size(); ++i) {
    apply_tensor(metadata, key + ".tensor" + std::to_string(i),
                 *proto.mutable_sparse_tensors(i)->mutable_values());
  }
}

void apply_quantization_notes(const Metadata& metadata, const std::string& name,
                              onnx::GraphProto& proto) {
  if (!has_prefix(metadata, kQuantization)) return;
  auto& annotation = *proto.add_quantization_annotation();
  annotation.set_tensor_name(name);
  for (const auto& [key, value] : metadata) {
    if (!key.starts_with(kQuantization)) continue;
    auto& entry = *annotation.add_quant_parameter_tensor_names();
    entry.set_key(key.substr(kQuantization.size()));
    entry.set_value(value);
  }
}

bool has_attribute_notes(const Metadata& metadata, std::string_view attribute) {
  return has_prefix(metadata, "onnx.attribute." + std::string(attribute) + ".");
}

bool has_type_notes(const Metadata& metadata) {
  return has_prefix(metadata, kDenotation);
}

}  // namespace twingrad
