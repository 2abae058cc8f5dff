#include "exporters/onnx/newer_fields.h"

#include <google/protobuf/unknown_field_set.h>

#include "exporters/onnx/proto.h"

namespace twingrad {

void add_newer_field(google::protobuf::Message& message, int field, const std::string& bytes) {
  message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(field, bytes);
}

void add_newer_metadata(google::protobuf::Message& message, int field, const Metadata& metadata) {
  for (const auto& [key, value] : metadata) {
    onnx::StringStringEntryProto entry;
    entry.set_key(key);
    entry.set_value(value);
    add_newer_field(message, field, entry.SerializeAsString());
  }
}

}  // namespace twingrad
