#include "parity/reduce/delta_debugging.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace twingrad {
namespace {

TEST(SmallestFailing, IsWhatIsNeededAndNothingElse) {
  std::vector<size_t> all(40);
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  const std::vector<std::vector<size_t>> table = {{0},       {39},        {17}, {0, 39},
                                                  {3, 4, 5}, {1, 20, 38}, all};
  for (const std::vector<size_t>& needed : table) {
    size_t asked = 0;
    const auto found = smallest_failing(all, [&](const std::vector<size_t>& items) {
      ++asked;
      EXPECT_LT(items.size(), all.size());
      return std::ranges::includes(items, needed);
    });
    EXPECT_EQ(found, needed);
    EXPECT_LE(asked, needed.size() == 1 ? 12u : 4000u);
  }
}

TEST(SmallestFailing, OfOneItemIsThatItem) {
  EXPECT_EQ(smallest_failing({7}, [](const auto&) { return true; }), std::vector<size_t>{7});
}

}  // namespace
}  // namespace twingrad
