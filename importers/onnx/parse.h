#pragma once

#include <google/protobuf/message.h>

#include <cstddef>
#include <span>

#include "importers/onnx/proto.h"

namespace twingrad {

inline constexpr uint64_t kLargestProtobuf = (uint64_t{1} << 31) - 1;
inline constexpr int kProtobufDepth = 100;  // of messages; a nested graph takes three

// Fills any message. Throws Error that says at which byte the encoding is wrong.
void parse_message(std::span<const std::byte> bytes, google::protobuf::Message& message);

// The same for a model, with the checks that come before everything else: that it is one at all
// (else: what the bytes look like), and that its IR version is known.
void parse_model(std::span<const std::byte> bytes, onnx::ModelProto& model);

}  // namespace twingrad
