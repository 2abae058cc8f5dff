#include "onnx_forms/schema.h"

#include <google/protobuf/descriptor.pb.h>
#include <onnx/onnx_pb.h>

#include <array>
#include <cassert>
#include <string>
#include <string_view>

namespace twingrad {
namespace {

using Field = google::protobuf::FieldDescriptorProto;

// The rows of onnx.proto of ONNX 1.23; a field without a message is a single string.
struct NewerField {
  std::string_view owner;
  std::string_view name;
  int number;
  std::string_view message;
};
constexpr std::array kNewerFields = {
    NewerField{"ValueInfoProto", "metadata_props", 4, "StringStringEntryProto"},
    NewerField{"NodeProto", "overload", 8, ""},
    NewerField{"NodeProto", "metadata_props", 9, "StringStringEntryProto"},
    NewerField{"GraphProto", "metadata_props", 16, "StringStringEntryProto"},
    NewerField{"TensorProto", "metadata_props", 16, "StringStringEntryProto"},
    NewerField{"FunctionProto", "attribute_proto", 11, "AttributeProto"},
    NewerField{"FunctionProto", "value_info", 12, "ValueInfoProto"},
    NewerField{"FunctionProto", "overload", 13, ""},
    NewerField{"FunctionProto", "metadata_props", 14, "StringStringEntryProto"},
};

void add_field(const NewerField& row, const std::string& package,
               google::protobuf::DescriptorProto& message) {
  for (const Field& known : message.field()) {
    if (known.number() == row.number) return;
  }
  Field& field = *message.add_field();
  field.set_name(std::string(row.name));
  field.set_number(row.number);
  field.set_label(row.message.empty() ? Field::LABEL_OPTIONAL : Field::LABEL_REPEATED);
  field.set_type(row.message.empty() ? Field::TYPE_STRING : Field::TYPE_MESSAGE);
  if (!row.message.empty()) field.set_type_name("." + package + "." + std::string(row.message));
}

// A pool with the one file of ONNX's messages.
struct Schema {
  google::protobuf::DescriptorPool pool;
  const google::protobuf::Descriptor* model;

  Schema() {
    const auto* linked = onnx::ModelProto::descriptor();
    google::protobuf::FileDescriptorProto file;
    linked->file()->CopyTo(&file);
    linked->file()->CopyJsonNameTo(&file);
    for (auto& message : *file.mutable_message_type()) {
      for (const NewerField& row : kNewerFields) {
        if (row.owner == message.name()) add_field(row, file.package(), message);
      }
    }
    [[maybe_unused]] const auto* built = pool.BuildFile(file);
    assert(built != nullptr);
    model = pool.FindMessageTypeByName(linked->full_name());
  }
};

}  // namespace

const google::protobuf::Descriptor& model_descriptor() {
  static const Schema schema;
  return *schema.model;
}

}  // namespace twingrad
