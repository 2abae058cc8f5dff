#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "ir/graph.h"

namespace twingrad {

// Fields that are newer than the protobuf classes we write with.
namespace onnx_field {
inline constexpr int kGraphMetadata = 16;
inline constexpr int kNodeOverload = 8;
inline constexpr int kNodeMetadata = 9;
inline constexpr int kValueMetadata = 4;
inline constexpr int kTensorMetadata = 16;
inline constexpr int kFunctionDefaults = 11;
inline constexpr int kFunctionValues = 12;
inline constexpr int kFunctionOverload = 13;
inline constexpr int kFunctionMetadata = 14;
}  // namespace onnx_field

// Adds a field of bytes, a text or an encoded message.
void add_newer_field(google::protobuf::Message& message, int field, const std::string& bytes);
// As repeated StringStringEntryProto.
void add_newer_metadata(google::protobuf::Message& message, int field, const Metadata& metadata);

}  // namespace twingrad
