#include <gtest/gtest.h>

#include "backends/reference/evaluate.h"

namespace twingrad {
namespace {

using Numbers = std::vector<double>;

Numbers along(std::string_view op, const Tensor& x, int64_t axis, bool exclusive, bool reverse) {
  return numbers(evaluate({op,
                           {x, Tensor::scalar(axis)},
                           {{"exclusive", int64_t{exclusive}}, {"reverse", int64_t{reverse}}}})[0]);
}

TEST(Cumulative, OperatorsIncludeOrExcludeTheElementFromEitherEnd) {
  const Tensor x = Tensor::of<int64_t>({3}, {2, 3, 4});
  EXPECT_EQ(along("CumSum", x, 0, false, false), (Numbers{2, 5, 9}));
  EXPECT_EQ(along("CumSum", x, 0, true, false), (Numbers{0, 2, 5}));
  EXPECT_EQ(along("CumSum", x, 0, false, true), (Numbers{9, 7, 4}));
  EXPECT_EQ(along("CumSum", x, -1, true, true), (Numbers{7, 4, 0}));
  EXPECT_EQ(along("CumProd", x, 0, false, false), (Numbers{2, 6, 24}));
  EXPECT_EQ(along("CumProd", x, 0, true, false), (Numbers{1, 2, 6}));
  EXPECT_EQ(along("CumProd", x, 0, true, true), (Numbers{12, 4, 1}));
}

TEST(Cumulative, OperatorsGoAlongAnyAxis) {
  const Tensor x = Tensor::of<double>({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(along("CumSum", x, 0, false, false), (Numbers{1, 2, 3, 4, 6, 8, 10, 12}));
  EXPECT_EQ(along("CumSum", x, 1, false, true), (Numbers{4, 6, 3, 4, 12, 14, 7, 8}));
}

TEST(Cumulative, SumsOfHalvesKeepWhatRoundingEachWouldLose) {
  // In float16, 2048 + 1 is 2048.
  Tensor x = Tensor::filled(DataType::kFloat16, {4}, 1);
  set_element(x, 0, 2048);
  EXPECT_EQ(along("CumSum", x, 0, false, false), (Numbers{2048, 2048, 2050, 2052}));
}

TEST(Cumulative, OperatorsRefuseAnAxisThatIsNoScalarOrOutOfRange) {
  const Tensor x = Tensor::of<double>({2}, {1, 2});
  EXPECT_THROW(evaluate({"CumSum", {x, Tensor::of<int64_t>({2}, {0, 0})}}), Error);
  EXPECT_THROW(evaluate({"CumProd", {x, Tensor::scalar<int64_t>(1)}}), Error);
}

TEST(LinearRecurrence, IsWhatItsExpansionComputes) {
  const Tensor a = Tensor::of<double>({2, 3}, {9, 2, 3, 9, -1, 0});
  const Tensor b = Tensor::of<double>({2, 3}, {1, 10, 100, 4, 5, 6});
  for (const int64_t reverse : {0, 1}) {
    const Application application{"LinearRecurrence",
                                  {a, b, Tensor::scalar<int64_t>(1)},
                                  {{"reverse", reverse}},
                                  1,
                                  kInternalDomain};
    const Numbers expected =
        reverse != 0 ? Numbers{621, 310, 100, -1, 5, 6} : Numbers{1, 12, 136, 4, 1, 6};
    EXPECT_EQ(numbers(evaluate(application)[0]), expected);
    EXPECT_EQ(numbers(evaluate_expansion(application)[0]), expected);
  }
  const Application columns{
      "LinearRecurrence", {a, b, Tensor::scalar<int64_t>(0)}, {}, 1, kInternalDomain};
  EXPECT_EQ(numbers(evaluate(columns)[0]), (Numbers{1, 10, 100, 13, -5, 6}));
  EXPECT_EQ(numbers(evaluate_expansion(columns)[0]), (Numbers{1, 10, 100, 13, -5, 6}));
}

}  // namespace
}  // namespace twingrad
