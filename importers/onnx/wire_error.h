#pragma once

#include <google/protobuf/descriptor.h>

#include <cstddef>
#include <span>
#include <string>

namespace twingrad {

// Why protobuf refuses these bytes as a message of this kind: "truncated protobuf at byte N",
// "malformed protobuf field F at byte N", or that the nesting is too deep. To be called after a
// parse that failed; reads no more than the bytes.
std::string wire_error(std::span<const std::byte> bytes,
                       const google::protobuf::Descriptor& descriptor);

}  // namespace twingrad
