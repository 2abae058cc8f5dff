#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

TEST(Einsum, SumsSmallIntegersAroundTheEndOfTheirRange) {
  const Tensor x = Tensor::of<int8_t>({1, 2}, {100, 100});
  const Tensor y = Tensor::of<int8_t>({2, 1}, {1, 1});
  const Tensor z = evaluate({.op = "Einsum",
                             .inputs = {x, y},
                             .attributes = {{"equation", std::string("ij,jk->ik")}}})[0];
  EXPECT_EQ(z.type(), DataType::kInt8);
  EXPECT_EQ(numbers(z), std::vector<double>{-56});
}

}  // namespace
}  // namespace twingrad
