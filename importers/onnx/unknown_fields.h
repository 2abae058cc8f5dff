#pragma once

#include <google/protobuf/message.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace twingrad {

// Fields that are newer than the protobuf classes we read with.
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

// Throws Error (unsupported) for an unknown field of the message itself that is not in `known`:
// nothing of a file is left out in silence.
void check_unknown_fields(const google::protobuf::Message& message,
                          std::initializer_list<int> known = {});

// The bytes of every occurrence of an unknown field. Throws Error where it is not of that kind.
std::vector<std::string> unknown_fields(const google::protobuf::Message& message, int field);
// The last occurrence; empty if there is none.
std::string unknown_text(const google::protobuf::Message& message, int field);
// A repeated StringStringEntryProto.
Metadata unknown_metadata(const google::protobuf::Message& message, int field);

}  // namespace twingrad
