#include "importers/onnx/unknown_fields.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>

#include "importers/onnx/proto.h"
#include "ir/error.h"

namespace twingrad {
namespace {

const google::protobuf::UnknownFieldSet& unknown_of(const google::protobuf::Message& message) {
  return message.GetReflection()->GetUnknownFields(message);
}

}  // namespace

void check_unknown_fields(const google::protobuf::Message& message,
                          std::initializer_list<int> known) {
  const auto& fields = unknown_of(message);
  for (int i = 0; i < fields.field_count(); ++i) {
    const int number = fields.field(i).number();
    if (std::ranges::find(known, number) != known.end()) continue;
    const auto* descriptor = message.GetDescriptor()->FindFieldByNumber(number);
    if (descriptor != nullptr) {
      fail("field ", descriptor->name(), " of ", message.GetDescriptor()->name(),
           " has an unknown value or encoding");
    }
    fail_unsupported("field ", number, " of ", message.GetDescriptor()->name(),
                     " is not supported");
  }
}

std::vector<std::string> unknown_fields(const google::protobuf::Message& message, int field) {
  std::vector<std::string> found;
  const auto& fields = unknown_of(message);
  for (int i = 0; i < fields.field_count(); ++i) {
    if (fields.field(i).number() != field) continue;
    check(fields.field(i).type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED, "field ",
          field, " of ", message.GetDescriptor()->name(), " has another encoding than expected");
    found.push_back(fields.field(i).length_delimited());
  }
  return found;
}

std::string unknown_text(const google::protobuf::Message& message, int field) {
  const auto found = unknown_fields(message, field);
  return found.empty() ? std::string() : found.back();
}

Metadata unknown_metadata(const google::protobuf::Message& message, int field) {
  Metadata metadata;
  for (const std::string& bytes : unknown_fields(message, field)) {
    onnx::StringStringEntryProto entry;
    check(entry.ParseFromString(bytes), "malformed metadata in ", message.GetDescriptor()->name());
    metadata.emplace_back(entry.key(), entry.value());
  }
  return metadata;
}

}  // namespace twingrad
