#include "backends/backend.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace twingrad {
namespace {

TEST(ReferenceBackend, RunsEveryOperatorThatHasNoExpansion) {
  for (const OpDef& op : all_ops()) {
    if (op.op_class == OpClass::kControlFlow || op.expand != nullptr) continue;
    const bool found = std::ranges::any_of(reference_backend().rows(), [&](const KernelRow& row) {
      return row.op == op.name && row.domain == op.domain;
    });
    EXPECT_TRUE(found) << op.full_name();
  }
}

TEST(ReferenceBackend, HasRowsForOperatorsOnly) {
  for (const KernelRow& row : reference_backend().rows()) {
    EXPECT_NE(find_op(row.domain, row.op), nullptr) << row.op;
  }
}

// Operators whose key type is that of a tensor they compute with: every type that the constraint of
// input 0 lets through has a kernel.
TEST(ReferenceBackend, CoversTheTypesOfTheDefinitions) {
  for (const OpDef& op : all_ops()) {
    if (op.op_class == OpClass::kControlFlow || op.expand != nullptr || op.inputs.empty()) continue;
    const TypeConstraint* constraint = op.constraint(op.inputs[0].type);
    if (constraint == nullptr) continue;
    for (int number = 1; number < kDataTypeCount; ++number) {
      const auto type = static_cast<DataType>(number);
      if (!constraint->elements.contains(type)) continue;
      EXPECT_NE(reference_backend().find(op, type), nullptr)
          << op.full_name() << " of " << data_type_name(type);
    }
  }
}

}  // namespace
}  // namespace twingrad
