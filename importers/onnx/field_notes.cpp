#include "importers/onnx/field_notes.h"

#include "importers/onnx/unknown_fields.h"

namespace twingrad {
namespace {

void note(Metadata& notes, const std::string& key, const std::string& text) {
  if (!text.empty()) notes.emplace_back(key, text);
}

template <typename TensorType>
void note_dimensions(const TensorType& proto, const std::string& key, Metadata& notes) {
  for (int i = 0; i < proto.shape().dim_size(); ++i) {
    note(notes, key + ".dim" + std::to_string(i), proto.shape().dim(i).denotation());
  }
}

void note_denotations(const onnx::TypeProto& proto, const std::string& key, Metadata& notes) {
  note(notes, key, proto.denotation());
  switch (proto.value_case()) {
    case onnx::TypeProto::kTensorType:
      return note_dimensions(proto.tensor_type(), key, notes);
    case onnx::TypeProto::kSparseTensorType:
      return note_dimensions(proto.sparse_tensor_type(), key, notes);
    case onnx::TypeProto::kSequenceType:
      return note_denotations(proto.sequence_type().elem_type(), key + ".item", notes);
    case onnx::TypeProto::kOptionalType:
      return note_denotations(proto.optional_type().elem_type(), key + ".item", notes);
    case onnx::TypeProto::kMapType:
      return note_denotations(proto.map_type().value_type(), key + ".item", notes);
    default:
      return;
  }
}

void note_tensor(const onnx::TensorProto& proto, const std::string& key, Metadata& notes) {
  note(notes, key, proto.name());
  note(notes, key + "_doc", proto.doc_string());
}

}  // namespace

void note_type(const onnx::TypeProto& proto, Metadata& notes) {
  note_denotations(proto, "onnx.denotation", notes);
}

void note_attribute(const onnx::AttributeProto& proto, Metadata& notes) {
  const std::string key = "onnx.attribute." + proto.name();
  note(notes, key + ".doc", proto.doc_string());
  if (proto.has_t()) note_tensor(proto.t(), key + ".tensor", notes);
  if (proto.has_sparse_tensor())
    note_tensor(proto.sparse_tensor().values(), key + ".tensor", notes);
  for (int i = 0; i < proto.tensors_size(); ++i) {
    note_tensor(proto.tensors(i), key + ".tensor" + std::to_string(i), notes);
  }
  for (int i = 0; i < proto.sparse_tensors_size(); ++i) {
    note_tensor(proto.sparse_tensors(i).values(), key + ".tensor" + std::to_string(i), notes);
  }
}

void note_quantization(const onnx::TensorAnnotation& proto, Metadata& notes) {
  check_unknown_fields(proto);
  for (const auto& entry : proto.quant_parameter_tensor_names()) {
    notes.emplace_back("onnx.quantization." + entry.key(), entry.value());
  }
}

}  // namespace twingrad
