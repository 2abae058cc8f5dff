#pragma once

#include <algorithm>
#include <string_view>

#include "ir/graph.h"

namespace twingrad {

// What a model says of named data in metadata: that it is no parameter, though it looks like one.
inline constexpr std::string_view kRoleKey = "twingrad.role";
inline constexpr std::string_view kBufferRole = "buffer";
inline constexpr std::string_view kConstantRole = "constant";

// Whether the value's metadata says so.
inline bool is_declared_fixed(const Value& value) {
  return std::ranges::any_of(value.metadata, [](const auto& entry) {
    return entry.first == kRoleKey &&
           (entry.second == kBufferRole || entry.second == kConstantRole);
  });
}

}  // namespace twingrad
