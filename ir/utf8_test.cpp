#include "ir/utf8.h"

#include <gtest/gtest.h>

namespace twingrad {
namespace {

TEST(Utf8, AcceptsTheBordersOfEveryLength) {
  for (const char* text :
       {"", "a\x7f", "\u0080\u07ff", "\u0800\ud7ff\ue000\uffff", "\U00010000\U0010ffff"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesWhatIsNotWellFormed) {
  for (const char* text : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
                           "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3",
                           "\xe2\x82", "\xf0\x9f\x98", "\xc3(", "\xe2\x82(", "a\xfe"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Utf8, TakesATextApartIntoCharacters) {
  using List = std::vector<std::string_view>;
  EXPECT_EQ(characters(""), List{});
  EXPECT_EQ(characters("a\u00e9\u540d\U0001f600"), (List{"a", "\u00e9", "\u540d", "\U0001f600"}));
  EXPECT_EQ(characters("\xff(\xe5\x90"), (List{"?", "(", "?", "?"}));
}

}  // namespace
}  // namespace twingrad
