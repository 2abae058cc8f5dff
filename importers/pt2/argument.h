#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "importers/json_text.h"
#include "ir/graph.h"

namespace twingrad {

// A number of the program: one that it says, or a scalar that the graph computes (a symbolic size).
struct TorchNumber {
  enum class Kind : uint8_t { kBool, kInteger, kReal };
  Kind kind = Kind::kInteger;
  int64_t integer = 0;  // of booleans too
  double real = 0;
  ValueId value = kNoValue;

  static TorchNumber of(int64_t number) { return {.integer = number}; }
  static TorchNumber of(bool flag) { return {.kind = Kind::kBool, .integer = flag}; }
  static TorchNumber of(double number) { return {.kind = Kind::kReal, .real = number}; }
  static TorchNumber computed(Kind kind, ValueId value) { return {.kind = kind, .value = value}; }
  bool known() const { return value == kNoValue; }
  double as_double() const { return kind == Kind::kReal ? real : static_cast<double>(integer); }
};

// A tensor of the program. Complex ones are held as their parts along a last axis of 2.
struct TorchTensor {
  ValueId id = kNoValue;
  bool complex = false;
};

// What has no meaning here: devices, layouts, memory formats.
struct TorchPlacement {};

using TorchArgument =
    std::variant<std::monostate, TorchTensor, std::vector<TorchTensor>, TorchNumber,
                 std::vector<TorchNumber>, std::string, DataType, TorchPlacement, JsonView>;

// What a name of a graph stands for.
using TorchBinding = std::variant<TorchTensor, TorchNumber>;
using TorchNames = std::function<TorchBinding(const JsonView& name)>;

// The value of the union Argument. Throws Error: invalid for kinds that the schema does not have,
// unsupported for custom objects, operators and the like.
TorchArgument read_argument(const JsonView& argument, const TorchNames& names);

// The key of a union, which has exactly one, and its value.
std::pair<std::string_view, JsonView> read_union(const JsonView& view);

}  // namespace twingrad
