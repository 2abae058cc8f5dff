#include "ir/normal_quantile.h"

#include <gtest/gtest.h>

namespace twingrad {
namespace {

// What the algorithm gives in exact rational arithmetic with the roundings that IEEE 754
// prescribes.
TEST(NormalQuantile, IsTheSameToTheBitOnEveryMachine) {
  EXPECT_EQ(normal_quantile(0x1p-53), -0x1.06b48528cea51p+3);
  EXPECT_EQ(normal_quantile(1e-9), -0x1.7fdc11f44b5a5p+2);
  EXPECT_EQ(normal_quantile(0.02), -0x1.06e13e8aadfdbp+1);
  EXPECT_EQ(normal_quantile(0.3), -0x1.0c7e39582c5fbp-1);
  EXPECT_EQ(normal_quantile(0.5), 0.0);
  EXPECT_EQ(normal_quantile(0.7), 0x1.0c7e39582c5fap-1);
  EXPECT_EQ(normal_quantile(0.99), 0x1.29c5c4630ff0cp+1);
}

TEST(NormalQuantile, GivesTheKnownNumbersOfTheNormalDistribution) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(normal_quantile(0.8413447460685429), 1.0, 1e-14);
  EXPECT_EQ(normal_quantile(0.25), -normal_quantile(0.75));
}

}  // namespace
}  // namespace twingrad
