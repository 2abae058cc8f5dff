#include "surgery/type_support.h"

#include <algorithm>
#include <array>

#include "exporters/onnx/opset_rules.h"

namespace twingrad {
namespace {

struct Exception {
  std::string_view op;
  std::string_view formal;  // empty: all
  DataType type;
};

// Rows take these, ONNX's schemas (testdata/onnx_suite/schemas.json) do not.
constexpr std::array kExceptions = {
    Exception{"CausalConvWithState", "", DataType::kDouble},
    Exception{"DequantizeLinear", "", DataType::kDouble},
    Exception{"DynamicQuantizeLinear", "", DataType::kDouble},
    Exception{"LinearAttention", "", DataType::kDouble},
    Exception{"QLinearConv", "", DataType::kDouble},
    Exception{"QLinearMatMul", "", DataType::kDouble},
    Exception{"QuantizeLinear", "", DataType::kDouble},
    Exception{"Resize", "scales", DataType::kDouble},
    Exception{"RotaryEmbedding", "", DataType::kDouble},
};

bool is_excepted(const OpDef& op, const Formal& formal, DataType type) {
  return op.domain.empty() && std::ranges::any_of(kExceptions, [&](const Exception& exception) {
           return exception.op == op.name && exception.type == type &&
                  (exception.formal.empty() || exception.formal == formal.name);
         });
}

bool is_too_new(const OpDef& op, DataType type, int64_t newest_opset) {
  return op.domain.empty() && std::ranges::any_of(type_rules(), [&](const TypeRule& rule) {
           return rule.op == op.name && rule.elements.contains(type) && rule.opset > newest_opset;
         });
}

}  // namespace

bool takes_type(const OpDef& op, size_t input, DataType type, int64_t newest_opset) {
  const Formal* formal = op.input(input);
  if (formal == nullptr) return true;
  if (is_excepted(op, *formal, type) || is_too_new(op, type, newest_opset)) return false;
  const TypeConstraint* constraint = op.constraint(formal->type);
  if (constraint != nullptr) return constraint->elements.contains(type);
  const auto element = data_type_from_name(formal->type);
  return !element || *element == type;
}

}  // namespace twingrad
