#include "ir/ops/einsum_equation.h"

#include <gtest/gtest.h>

#include "ir/error.h"

namespace twingrad {
namespace {

EinsumEquation read(std::string_view text, std::vector<int64_t> ranks) {
  return {text, ranks};
}

using Labels = std::vector<EinsumLabel>;

TEST(EinsumEquation, ReadsTermsAndResult) {
  const EinsumEquation equation = read(" ...ij , jk -> ...ik", {3, 2});
  EXPECT_EQ(equation.operands[0], (Labels{-1, 'i', 'j'}));
  EXPECT_EQ(equation.result, (Labels{-1, 'i', 'k'}));
}

TEST(EinsumEquation, ImpliesTheLettersThatOccurOnceInOrder) {
  EXPECT_EQ(read("ba,ca", {2, 2}).result, (Labels{'b', 'c'}));
  EXPECT_EQ(read("...ii", {4}).result, (Labels{-2, -1}));
}

TEST(EinsumEquation, RefusesWhatIsNone) {
  EXPECT_THROW(read("ij,jk->ik", {2}), Error);
  EXPECT_THROW(read("ij", {3}), Error);
  EXPECT_THROW(read("i.j", {2}), Error);
  EXPECT_THROW(read("ij->ii", {2}), Error);
  EXPECT_THROW(read("ij->k", {2}), Error);
  EXPECT_THROW(read("i-j", {2}), Error);
  EXPECT_THROW(read("i$j", {2}), Error);
  EXPECT_THROW(read("ij->i->j", {2}), Error);
}

}  // namespace
}  // namespace twingrad
