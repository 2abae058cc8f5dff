#include "ir/infer.h"
#include "ir/ops/tables.h"

namespace twingrad {

std::vector<OpRow> trigonometry_ops() {
  std::vector<OpRow> rows;
  for (const char* name :
       {"Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh"}) {
    rows.push_back({.name = name,
                    .signature = "input:T -> output:T",
                    .types = {{"T", kFloatTypes}},
                    .op_class = OpClass::kElementwise,
                    .infer = infer_same_as_first});
  }
  return rows;
}

}  // namespace twingrad
