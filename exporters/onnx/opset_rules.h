#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ir/data_type.h"

namespace twingrad {

// What opsets of ai.onnx after 13 brought, as tables of what needs them: facts of ONNX's schemas,
// to which opset_rules_test.cpp holds them.

// An operator whose use with one of these element types takes this opset; no types: any use.
struct TypeRule {
  std::string_view op;
  int64_t opset;
  TypeSet elements = {};
};
std::span<const TypeRule> type_rules();

// An attribute with another value than its default.
struct AttributeRule {
  std::string_view op;
  std::string_view attribute;
  int64_t opset;
};
std::span<const AttributeRule> attribute_rules();

// An attribute with this value.
struct WordRule {
  std::string_view op;
  std::string_view attribute;
  std::string_view word;
  int64_t opset;
};
std::span<const WordRule> word_rules();

// An input that is there.
struct InputRule {
  std::string_view op;
  size_t input;
  int64_t opset;
};
std::span<const InputRule> input_rules();

// Whatever is done with them: types that all of the operators took up together.
struct ElementRule {
  TypeSet elements;
  int64_t opset;
};
std::span<const ElementRule> element_rules();

}  // namespace twingrad
